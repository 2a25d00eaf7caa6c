"""What a failure of the database means for the request that met it."""

import asyncpg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# What SQLAlchemy and the driver raise.
RAISED: tuple[type[Exception], ...] = (
    DBAPIError,
    PoolTimeout,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

LOST_DATABASE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was cut off in the middle of a COPY
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    PoolTimeout,
)

# Text with a NUL, or a number beyond its column: the database could not take what was sent.
_UNSTORABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
)


def lost_database(error: BaseException) -> bool:
    """Whether `error` says that the database is away, so that the same request may succeed later."""
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return (
            error.connection_invalidated
            or isinstance(error, OperationalError)
            or isinstance(cause, LOST_DATABASE)
        )
    return isinstance(error, LOST_DATABASE)


def collided(error: BaseException) -> bool:
    """Whether two transactions stood in each other's way: the same request passes when it is repeated."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    return isinstance(cause, asyncpg.DeadlockDetectedError | asyncpg.SerializationError)


def unstorable(error: BaseException) -> bool:
    """Whether `error` says that a value sent by the caller cannot be stored, whatever the request."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    # The driver itself refuses with exactly DataError what does not fit its parameter's type.
    return isinstance(cause, _UNSTORABLE) or type(cause) is asyncpg.DataError
