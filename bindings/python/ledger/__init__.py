"""A double-entry ledger in the hands of a script: read beside the running writer, post, prove.

Examples
--------
>>> import ledger
>>> with ledger.Reader("books") as reader, reader.view() as view:      # doctest: +SKIP
...     view.balance("text:merchant:7").total
"""

from . import (
    _enums,
    _errors,
    _feed,
    _ids,
    _ledger,
    _listings,
    _money,
    _options,
    _posting,
    _proposals,
    _records,
    _reports,
    _table,
    _time,
    _values,
    _view,
)
from ._core import __version__
from ._enums import *
from ._errors import *
from ._feed import *
from ._ids import *
from ._ledger import *
from ._listings import *
from ._money import *
from ._options import *
from ._posting import *
from ._proposals import *
from ._records import *
from ._reports import *
from ._table import *
from ._time import *
from ._values import *
from ._view import *

__all__ = [
    "__version__",
    *_enums.__all__,
    *_errors.__all__,
    *_feed.__all__,
    *_ids.__all__,
    *_ledger.__all__,
    *_listings.__all__,
    *_money.__all__,
    *_options.__all__,
    *_posting.__all__,
    *_proposals.__all__,
    *_records.__all__,
    *_reports.__all__,
    *_table.__all__,
    *_time.__all__,
    *_values.__all__,
    *_view.__all__,
]
