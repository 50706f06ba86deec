from pathlib import Path
def script_directory() -> Path:
    return Path(__file__).parent.parent
def sql(name: str) -> str:
    return (script_directory() / "versions" / name).read_text(encoding="utf-8")
