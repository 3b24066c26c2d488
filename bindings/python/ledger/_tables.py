"""The tables of a view: what its queries answer without a Python object a row."""

from __future__ import annotations

import datetime as dt
from typing import Callable, Iterator, Optional

import numpy as np

from . import _core
from ._errors import InvalidArgument
from ._ids import AnyAccount
from ._money import Currency
from ._paging import Accounts, At, listed, range_since
from ._table import Amounts, Array, Table, is_wide, tables_of
from ._values import AccountInfo, Axis, DateRange, MovementRange, Range

__all__: list[str] = []

_ALL_ROWS = 1 << 62


class Tables:
    """What `View` has of them."""

    _native: _core.View

    def balances_table(
        self,
        book: int,
        *,
        at: Optional[At] = None,
        on: Optional[dt.date] = None,
        prefix: Optional[str] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The balances of all accounts of a book: turnover of both sides so far, and what it comes to.

        Parameters
        ----------
        book : int
        at : int or datetime, optional
            A position or instant of the past; by default the view's.
        on : date, optional
            In the place of `at`: at the end of this book date, as known at the view.
        prefix : str, optional
            Only accounts whose code begins so (``""``: all), with their codes; without, the table is
            made faster and has no codes.
        amounts : {"int64", "wide", "decimal"}
            Minor units in 64 bits, in two columns of 64, or Decimal whole units, an object each.
        """
        if at is not None and on is not None:
            raise TypeError("give either at or on")
        view = self._native
        range: MovementRange = Range()
        if on is not None:
            range = DateRange(on, on)
        elif isinstance(at, dt.datetime):
            range = Range(end=at)
        elif at is not None:
            view = view.at(at)  # refuses one after the view's
        parts = _core.balances(view, book, range, prefix, is_wide(amounts))
        return Table(parts, self._scales(amounts))

    def entries_table(
        self,
        accounts: Accounts,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        lines_only: bool = False,
        amounts: Amounts = "int64",
    ) -> Table:
        """The entries of accounts, one account after the other; as `entries_tables`, all in one."""
        for table in self.entries_tables(
            accounts,
            range,
            since=since,
            lines_only=lines_only,
            amounts=amounts,
            rows=_ALL_ROWS,
        ):
            return table
        raise InvalidArgument("no account is given")

    def entries_tables(
        self,
        accounts: Accounts,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        lines_only: bool = False,
        amounts: Amounts = "int64",
        rows: int = 1_000_000,
    ) -> Iterator[Table]:
        """The same in tables of at most so many rows, for what memory does not hold.

        Columns: account, position, instant, kind, line, side, ink, book_date, amount, balance (in all,
        after the entry, on the normal side), held.
        """
        reader = _core.EntryTables(
            self._native,
            listed(accounts),
            range_since(since, range),
            bool(lines_only),
            is_wide(amounts),
        )
        return tables_of(reader, rows, self._scales(amounts))

    def lines_table(
        self,
        book: Optional[int] = None,
        range: Optional[MovementRange] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The lines of all vouchers; as `lines_tables`, all in one."""
        tables = self.lines_tables(book, range, since=since, amounts=amounts, rows=_ALL_ROWS)
        return next(tables)

    def lines_tables(
        self,
        book: Optional[int] = None,
        range: Optional[MovementRange] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
        rows: int = 1_000_000,
    ) -> Iterator[Table]:
        """The lines of all vouchers of a book, or of all books, in the order of posting or of dates.

        Tables of about so many rows, of whole vouchers. Columns: position, instant, book, book_date,
        number, id_high, id_low, order_high, order_low, code, line, account, side, ink, amount.
        """
        wanted: MovementRange = range if isinstance(range, DateRange) else range_since(since, range)
        if isinstance(range, DateRange) and since is not None:
            raise TypeError("give either since or range")
        reader = _core.LineTables(self._native, book, wanted, is_wide(amounts))
        return tables_of(reader, rows, self._scales(amounts))

    def statement_table(
        self,
        account: AnyAccount,
        period: Optional[Axis] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The lines of a statement (对账单); `Statement` has its head."""
        if (period is None) == (since is None):
            raise TypeError("give either a period or since")
        wanted = since if period is None else period
        parts = _core.statement_table(self._native, account, wanted, is_wide(amounts))
        if amounts != "decimal":
            return Table(parts)
        info = self._native.account(account)
        decimals = self._decimals()[info.currency] if info is not None else 0
        return Table(parts, lambda table: np.full(len(table), decimals))

    def _decimals(self) -> dict[str, int]:
        return {currency.code: currency.decimals for currency in self._native.currencies()}

    def _scales(self, amounts: str) -> Optional[Callable[[Table], Array]]:
        """For Decimals: the decimals of each row's currency."""
        if amounts != "decimal":
            return None
        decimals = self._decimals()

        def of_rows(table: Table) -> Array:
            if "currency" in table.columns:
                places, codes = table.codes("currency")
                scales = [decimals[code] for code in codes]
            else:
                places, ids = table.codes("account")
                infos = [self._native.account(one.decode()) for one in ids]
                scales = [0 if info is None else decimals[info.currency] for info in infos]
            made: Array = np.array(scales, dtype=np.int8)[places]
            return made

        return of_rows
