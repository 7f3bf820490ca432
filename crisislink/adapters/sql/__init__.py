"""The store: SQLAlchemy Core, asynchronous. SQLite here, PostgreSQL beside it in a later issue."""
