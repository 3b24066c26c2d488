"""The small vocabulary of the books. Values are the numbers that the journal stores."""

from __future__ import annotations

import enum

from . import _core

__all__ = [
    "AccountKind",
    "EntryKind",
    "FeedContent",
    "Freeze",
    "HoldKind",
    "Ink",
    "Outcome",
    "PeriodCloses",
    "RecordKind",
    "Rounding",
    "Side",
]


class _Named(enum.Enum):
    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    def __str__(self) -> str:
        return self.name


class Side(_Named):
    """Which side of an account a line stands on (借 / 贷)."""

    debit = 0
    credit = 1


class Ink(_Named):
    """Black lines raise their side's turnover; red lines (红字) lower it."""

    black = 0
    red = 1


class AccountKind(_Named):
    """What an account or group stands for in the statements."""

    asset = 1
    liability = 2
    equity = 3
    income = 4
    expense = 5
    common = 6
    memorandum = 7


class Freeze(_Named):
    """Direction freeze of an account (只收不付, 只付不收, 止付)."""

    none = 0
    inflow_only = 1
    outflow_only = 2
    all = 3


class HoldKind(_Named):
    """An ordinary, a precise (精准冻结) or a judicial hold."""

    ordinary = 0
    precise = 1
    judicial = 2


class RecordKind(_Named):
    """What a journal record is."""

    none = 0
    voucher = 1
    define_currency = 2
    define_book = 3
    define_group = 4
    open_account = 5
    set_limits = 6
    set_freeze = 7
    set_attributes = 8
    set_buffering = 9
    close_account = 10
    place_hold = 11
    release_hold = 12
    register_entry = 13
    define_relation = 14
    cut_day = 15
    close_day = 16
    time_passed = 17
    anchor = 18
    certificate = 19
    snapshot = 20


class EntryKind(_Named):
    """What a record did to an account."""

    line = 1
    fold = 2
    hold_placed = 3
    hold_captured = 4
    hold_released = 5
    hold_expired = 6
    opened = 7
    limits = 8
    freeze = 9
    attributes = 10
    buffering = 11
    closed = 12


class Rounding(_Named):
    """How an exact value becomes a whole one."""

    half_even = 0
    half_up = 1
    half_down = 2
    up = 3
    down = 4
    floor = 5
    ceiling = 6


class FeedContent(_Named):
    """Whether a feed gives records alone, or with their account entries."""

    records = 0
    entries = 1


class PeriodCloses(_Named):
    """Whether vouchers of a period close (损益结转) count in a report."""

    counted = 0
    left_out = 1


class Outcome(_Named):
    """What became of a posted record. The first two are success."""

    accepted = 0
    already_posted = 1
    group_failed = 2
    deadline_passed = 3
    overloaded = 4
    clock_out_of_range = 5
    storage_full = 6
    group_too_large = 7
    outcome_unknown = 8
    closed = 9
    id_missing = 10
    id_conflict = 11
    too_few_lines = 20
    too_many_lines = 21
    amount_not_positive = 22
    amount_too_large = 23
    text_too_long = 24
    too_many_attributes = 25
    duplicate_attribute = 26
    too_many_captures = 27
    text_missing = 28
    value_out_of_range = 29
    text_not_utf8 = 30
    book_unknown = 40
    currency_unknown = 41
    account_unknown = 42
    group_unknown = 43
    hold_unknown = 44
    item_unknown = 45
    voucher_unknown = 46
    relation_unknown = 47
    too_many_sources = 48
    book_exists = 50
    currency_exists = 51
    account_exists = 52
    group_exists = 53
    item_exists = 54
    relation_exists = 55
    code_is_group = 56
    kind_mismatch = 57
    parent_mismatch = 58
    too_many_definitions = 59
    book_mismatch = 60
    reversal_mismatch = 61
    already_reversed = 62
    not_reversible = 63
    second_principal_required = 64
    hold_mismatch = 65
    item_mismatch = 66
    transit_mismatch = 67
    account_closed = 70
    account_frozen = 71
    date_out_of_range = 72
    day_closed = 73
    day_not_cut = 74
    not_zero = 75
    too_many_buffered = 76
    too_many_dates = 77
    transit_not_zero = 78
    transit_is_zero = 79
    unbalanced = 80
    overflow = 81
    hold_closed = 90
    hold_exceeded = 91
    item_exceeded = 92
    nothing_to_hold = 93
    too_many_holds = 94
    below_minimum = 95
    above_maximum = 96
    relation_broken = 97
    too_many_items = 98

    @property
    def is_success(self) -> bool:
        """Whether the record is in the ledger, by this call or an earlier one."""
        return self in (Outcome.accepted, Outcome.already_posted)

    @property
    def explanation(self) -> str:
        """One sentence: what happened and what to do about it."""
        return _core.explain(self)

    @staticmethod
    def precedence() -> list[Outcome]:
        """All outcomes, in the order in which they are judged."""
        return [Outcome(number) for number, _, _ in _core.outcome_precedence()]
