"""What runs inside the clients' own virtual environments: never imported by the tests."""
