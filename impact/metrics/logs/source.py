"""Where a table of the log stands, and how to read it: one entry of claims.yaml.

In: plain data. Out: a frozen ``LogSource``. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

__all__ = ["LogSource"]

Words = Annotated[tuple[str | int | bool, ...], PydanticField(strict=False)]


class LogSource(BaseModel):
    """A file, or a table of a database, with the names that its columns have there.

    Attributes:
        kind: What kind of file, or the server.
        path: The file, below the folder of claims.yaml; None of a server.
        table: Of a database: the table or view.
        url_env: Of a server: the environment variable that holds its address, never the address.
        columns: Name of the contract -> name in the file; a column of the same name needs no entry.
        values: Name of the contract -> value of the contract -> stored values that mean it.
        null_values: Texts that mean that nothing was recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["csv", "parquet", "sqlite", "duckdb", "postgres"]
    path: Annotated[str, PydanticField(min_length=1)] | None = None
    table: str | None = None
    url_env: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8"
    columns: Mapping[str, str] = PydanticField(default_factory=dict)
    values: Mapping[str, Mapping[str, Words]] = PydanticField(default_factory=dict)
    null_values: Annotated[tuple[str, ...], PydanticField(strict=False)] = ("",)
