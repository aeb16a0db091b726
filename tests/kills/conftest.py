from tests.ledger.conftest import fresh, processes

__all__ = ["fresh", "processes"]
