"""What tests, demo and benchmarks share: servers, recorded catalogues, the real clients. Not part of the package."""
