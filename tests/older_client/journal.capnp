# The journal form of the first published protocol: frozen, never changed with src/record/journal.capnp.
# The payload of one journal batch: the only durable form of records. A payload is one Cap'n Proto
# message (segment table and one segment, little-endian words of 8 bytes) with Batch as its root.
# Invariant: field numbers are never reused and meanings never change; what is new gets new fields,
# whose defaults mean "as before". A change that old readers would misread raises Batch.version.
#
# Laid out for the plain voucher: its record takes 64 bytes and each of its lines 16, in two flat
# lists, so that a voucher of two lines takes 96 bytes and is written and read without a pointer.
#
# Conventions: 128-bit numbers are two words, low and high; amounts are two's complement minor units;
# instants are nanoseconds since 1970-01-01T00:00:00Z, 0 none; dates are days since 1970-01-01, the
# default none; enumerators have the numbers of include/ledger/model/kinds.hpp.
@0xa5d1a7e2146abd92;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ledger::record::wire");

struct Batch {
  version @0 :UInt16;
  # Of this format; 1.

  records @1 :List(Record);
  # In the order of their positions; at most 8,190.

  lines @2 :List(Line);
  # All lines of all records, in order; at most 65,536.

  wide @3 :List(WideAmount);
  # High words of line amounts of 2^64 and more, by ascending line.

  lineDetails @4 :List(LineDetail);
  # By ascending line.
}

struct TravellingBatch {
  # The root of a batch that travels between a client and a server, and never lies in a journal.

  batch @0 :Batch;
  accounts @1 :List(Id);
  # What Line.account indexes here; a journal has handles there, which mean nothing to others than the
  # ledger that gave them.
}

struct Record {
  # 7 data words and one pointer.

  kind @0 :UInt8;
  flags @1 :UInt8;
  # As record_flag in include/ledger/model/batch.hpp; `linked` only in a batch that travels.

  lineCount @2 :UInt16;
  linesBegin @3 :UInt16;
  # Index in Batch.lines; 0 where lineCount is 0.

  book @4 :UInt16;
  id :group { low @5 :UInt64; high @6 :UInt64; }
  order :group { low @7 :UInt64; high @8 :UInt64; }
  bookDate @9 :Int32 = -2147483648;
  code @10 :UInt32;
  number @11 :UInt64;
  # Of a voucher its number, of an opened account its handle.

  body @12 :Body;
  # What is special to the kind; null for plain vouchers and time_passed.
}

struct Line {
  # 2 words.

  const credit :UInt32 = 1;
  const red :UInt32 = 2;
  const detailed :UInt32 = 4;
  # It has an entry in Batch.lineDetails.
  const wide :UInt32 = 8;
  # It has an entry in Batch.wide.

  account @0 :UInt32;
  # The account's handle: its number in the order of opening. In a batch that travels an index into
  # TravellingBatch.accounts.

  flags @1 :UInt32;
  amount @2 :UInt64;
  # Low word; the high one is 0 or in Batch.wide.
}

struct WideAmount {
  line @0 :UInt32;
  high @1 :UInt64;
}

struct LineDetail {
  line @0 :UInt32;
  opens :group { low @1 :UInt64; high @2 :UInt64; }
  clears :group { low @3 :UInt64; high @4 :UInt64; }
  dimensions @5 :List(Attribute);
}

struct Attribute {
  key @0 :Text;
  value @1 :Text;
}

struct Id {
  low @0 :UInt64;
  high @1 :UInt64;
}

struct Body {
  union {
    voucher @0 :Voucher;
    defineCurrency @1 :DefineCurrency;
    defineBook @2 :DefineBook;
    defineGroup @3 :DefineGroup;
    openAccount @4 :OpenAccount;
    setLimits @5 :SetLimits;
    setFreeze @6 :SetFreeze;
    setAttributes @7 :SetAttributes;
    setBuffering @8 :SetBuffering;
    closeAccount @9 :CloseAccount;
    placeHold @10 :PlaceHold;
    releaseHold @11 :ReleaseHold;
    registerEntry @12 :RegisterEntry;
    defineRelation @13 :DefineRelation;
    cutDay @14 :DayMark;
    closeDay @15 :DayMark;
    anchor @16 :Anchor;
    closeDayExcept @17 :CloseDay;  # of the kind close_day, with exceptions
    certificate @18 :Certificate;
    snapshot @19 :Snapshot;
  }
}

struct Voucher {
  valueDate @0 :Int32 = -2147483648;
  occurredAt @1 :Int64;
  reverses :group { low @2 :UInt64; high @3 :UInt64; }
  replaces :group { low @4 :UInt64; high @5 :UInt64; }
  summary @6 :Text;
  madeBy @7 :Text;
  checkedBy @8 :Text;
  sourceDocument @9 :Text;
  attributes @10 :List(Attribute);
  captures @11 :List(Capture);
  concerns @12 :Int32 = -2147483648;
}

struct Capture {
  hold :group { low @0 :UInt64; high @1 :UInt64; }
  amount :group { low @2 :UInt64; high @3 :UInt64; }
  remaining :group { low @4 :UInt64; high @5 :UInt64; }
}

struct DefineCurrency {
  code @0 :Text;
  decimals @1 :UInt8;
  numeric @2 :UInt16;
  name @3 :Text;
}

struct DefineBook {
  book @0 :UInt16;
  twoPrincipals @1 :Bool;
  utcOffsetSeconds @2 :Int32;
  firstDate @3 :Int32 = -2147483648;
  name @4 :Text;
}

struct DefineGroup {
  kind @0 :UInt8;
  code @1 :Text;
  name @2 :Text;
}

struct OpenAccount {
  id :group { low @0 :UInt64; high @1 :UInt64; }
  parent :group { low @2 :UInt64; high @3 :UInt64; }
  bufferWindow @4 :Int64;
  # Nanoseconds.
  bufferLines @5 :UInt32;
  book @6 :UInt16;
  kind @7 :UInt8;
  openItems @8 :Bool;
  normalSideGiven @9 :Bool;
  normalSideIsCredit @10 :Bool;
  currency @11 :Text;
  code @12 :Text;
  name @13 :Text;
  limits @14 :Limits;
  attributes @15 :List(Attribute);
  transit @16 :Bool;
}

struct Limits {
  # Null where neither is given.

  minimumGiven @0 :Bool;
  maximumGiven @1 :Bool;
  minimum :group { low @2 :UInt64; high @3 :UInt64; }
  maximum :group { low @4 :UInt64; high @5 :UInt64; }
}

struct SetLimits {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  limits @2 :Limits;
}

struct SetFreeze {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  freeze @2 :UInt8;
  reference @3 :Text;
}

struct SetAttributes {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  name @2 :Text;
  attributes @3 :List(Attribute);
}

struct SetBuffering {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  bufferWindow @2 :Int64;
  bufferLines @3 :UInt32;
}

struct CloseAccount {
  account :group { low @0 :UInt64; high @1 :UInt64; }
}

struct PlaceHold {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  amount :group { low @2 :UInt64; high @3 :UInt64; }
  expiresAt @4 :Int64;
  kind @5 :UInt8;
  reference @6 :Text;
  precise @7 :Precise;
}

struct Precise {
  # Null where the hold has no sources, no orders and no requested amount.

  requested :group { low @0 :UInt64; high @1 :UInt64; }
  sources @2 :List(Id);
  orders @3 :List(Id);
  resolved @4 :List(Id);  # vouchers of the orders that counted; without those among the sources
}

struct ReleaseHold {
  hold :group { low @0 :UInt64; high @1 :UInt64; }
  amount :group { low @2 :UInt64; high @3 :UInt64; }
  remaining :group { low @4 :UInt64; high @5 :UInt64; }
}

struct RegisterEntry {
  type @0 :UInt32;
  payload @1 :Data;
}

struct DefineRelation {
  number @0 :UInt32;
  atDayClose @1 :Bool;
  name @2 :Text;
  terms @3 :List(RelationTerm);
}

struct RelationTerm {
  account :group { low @0 :UInt64; high @1 :UInt64; }
  coefficient @2 :Int64;
  book @3 :UInt16;
  group @4 :Text;
  currency @5 :Text;
}

struct DayMark {
  book @0 :UInt16;
  date @1 :Int32 = -2147483648;
}

struct CloseDay {
  book @0 :UInt16;
  date @1 :Int32 = -2147483648;
  exceptions @2 :List(Id);
}

struct Anchor {
  through @0 :UInt64;
  algorithm @1 :Text;
  digest @2 :Data;
}

struct Certificate {
  book @0 :UInt16;
  date @1 :Int32 = -2147483648;
  close @2 :UInt64;
  accounts @3 :UInt64;
  algorithm @4 :Text;
  digest @5 :Data;
}

struct Snapshot {
  name @0 :Text;
  position @1 :UInt64;
  accounts @2 :UInt64;
  algorithm @3 :Text;
  digest @4 :Data;
}
