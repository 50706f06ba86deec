from sqlalchemy import Connection
def replay_pending(connection: Connection) -> None:
    pass
