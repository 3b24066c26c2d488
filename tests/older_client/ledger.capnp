# The protocol as it was first published: frozen, never changed with src/rpc/ledger.capnp.
# What a ledger server speaks: Cap'n Proto RPC over a Unix socket or TCP. Invariant: method and field
# numbers are never reused and meanings never change; what is new gets new numbers, whose defaults
# mean "as before". So an older client speaks to a newer server, and what it does not know is not
# sent to it unasked.
#
# A capability is a permission: the bootstrap offers `login` and nothing else, and what login returns
# does what the principal may do and no more. Queries answer as of a position (`at`), and every list
# comes in pages. A call that cannot be answered fails with an exception whose text begins with the
# name of the error ("InvalidArgument: ..."); docs/server.md lists them.
#
# Conventions: 128-bit numbers are two words, low and high; amounts are two's complement minor units;
# instants are nanoseconds since 1970-01-01T00:00:00Z, 0 none; dates are days since 1970-01-01, the
# default none; positions begin with 1, 0 none; enumerators have the numbers of
# include/ledger/model/kinds.hpp and outcome.hpp.
@0xe1a4c2f06b7d9835;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ledger::rpc::wire");

const protocolVersion :UInt32 = 1;
# Raised where an older peer would misread a newer one; login refuses a version that it does not know.

interface Gate {
  # The bootstrap capability.

  login @0 (version :UInt32, principal :Text, token :Data) -> (session :Session);
  # `version` is the client's protocolVersion. On a Unix socket, no principal and no token: the one
  # whose user id the peer has. Otherwise the principal of this name, whose secret the token is.
  # AccessError where there is none; the message does not say what was wrong.
}

struct Session {
  version @0 :UInt32;
  # The server's protocolVersion.

  principal @1 :Text;

  messageBytesMax @2 :UInt64;
  # A message of the client may have so many bytes; a longer one ends the connection.

  reader @3 :Reader;
  poster @4 :Poster;
  # Null where the principal may not post.
  operator @5 :Operator;
  # Null where the principal is no operator.
}

interface Poster {
  post @0 (batch :Data, deadline :Int64) -> (results :List(Result));
  # Durable when it answers: one result for each record. `batch` is a TravellingBatch of
  # src/record/journal.capnp, of 1 to 8,190 records, itself a whole message (segment table and
  # segments). Groups post all or none. A record that was not begun within `deadline` nanoseconds
  # is not posted; 0: none. AccessError, and nothing is posted, where the principal may not post one
  # of the records. Posts of one principal take turns with those of others.

  dryRun @1 (batch :Data) -> (results :List(Result));
  # What would happen; nothing is posted.
}

struct Result {
  outcome @0 :UInt16;
  line @1 :UInt16;
  # Index of the line (capture, source, term, exception) at fault; 65,535: none.
  culprit @2 :UInt32;
  # The relation's number where relation_broken.
  position @3 :UInt64;
  # Of the record; of the first one where it was posted already or is in conflict.
  number @4 :UInt64;
  # Voucher number in its book and book date.
  instant @5 :Int64;
  # The posting instant.
  bookDate @6 :Int32 = -2147483648;
  account :group { low @7 :UInt64; high @8 :UInt64; }
  # The transit account where transit_not_zero, else zero.
}

interface Operator {
  revoke @0 (principal :Text) -> (found :Bool);
  # From now on, until the server is started again, every capability that this principal holds fails
  # with AccessError, and it cannot log in. Posts that were begun are finished. To revoke for good,
  # change the configuration as well.
}

interface Reader {
  # Of a principal that is limited to books, each query answers as if there were nothing else:
  # accounts, vouchers and sums of other books, and records that belong to no book, are not there.

  head @0 (at :UInt64) -> (position :UInt64, instant :Int64);
  # The position as of which is answered, and when it was posted. Whoever asks this and then asks with
  # `at` asks one and the same ledger, which answers the same for ever.

  # In each query `at` is the position as of which it answers; 0: the newest. InvalidArgument where it
  # is after the newest.

  positionAt @1 (at :UInt64, instant :Int64) -> (position :UInt64);
  # The last position whose posting instant is not after `instant`; 0: there is none.

  account @2 (at :UInt64, account :Id) -> (account :AccountInfo);
  # Null where there is none.

  accounts @3 (at :UInt64, prefix :Text, page :PageRequest)
      -> (items :List(AccountInfo), cursor :Text);
  # Those whose code begins with `prefix`. A page can have fewer items than were asked for, even none,
  # and a cursor; go on until the cursor is empty.

  balance @4 (at :UInt64, account :Id, moment :Moment) -> (balance :Balance);
  # At the moment: what the ledger said then. Null where the account was not open.

  balanceOn @5 (at :UInt64, account :Id, date :Int32, knownAt :Moment) -> (balance :DatedBalance);
  # At the end of a book date, of what was posted up to the moment.

  entries @6 (at :UInt64, account :Id, linesOnly :Bool, page :PageRequest, range :Range)
      -> (items :List(AccountEntry), cursor :Text);
  # What records did to an account, with the balances after it.

  voucher @7 (at :UInt64, key :VoucherKey) -> (voucher :PostedVoucher);
  # Null where there is none.

  record @8 (at :UInt64, id :Id, position :UInt64) -> (record :PostedRecord);
  # By position, or by id where the position is 0. Null where there is none.

  recordsOf @9 (at :UInt64, order :Id, page :PageRequest)
      -> (items :List(PostedRecord), cursor :Text);
  # All records of an order, in the order of posting.

  trialSums @10 (at :UInt64) -> (sums :List(TrialSum));
  # Debits and credits of each book and currency.

  stats @11 () -> (stats :Stats);

  follow @12 (after :UInt64, withEntries :Bool) -> (feed :Feed);
  # Every record after this position, those to come included. AccessError for a principal that is
  # limited to books, UnavailableError where the server has as many feeds as it may.
}

interface Feed {
  # The client draws: a feed sends what it is asked for and nothing else, so whoever is slow holds up
  # nobody and costs the server no memory. Dropping the capability ends the feed. One call at a time:
  # UsageError for a second one.

  next @0 (recordsMax :UInt32, wait :Int64) -> (records :Data, facts :List(RecordFact));
  # The next records, at most `recordsMax` (1 to 10,000), fewer where they would be more than one
  # batch can hold. Where there is none yet, it waits `wait` nanoseconds (at most 30 s) for the
  # next commit; none then: no facts, no records. `records` is a TravellingBatch (see Poster.post),
  # one fact for each of its records.
}

struct RecordFact {
  # What the ledger knows of a record besides what is in it.
  position @0 :UInt64;
  instant @1 :Int64;
  number @2 :UInt64;
  # Of a voucher.
  entries @3 :List(FeedEntry);
}

struct FeedEntry {
  account @0 :Id;
  book @1 :UInt16;
  currency @2 :Text;
  entry @3 :AccountEntry;
}

struct Id {
  low @0 :UInt64;
  high @1 :UInt64;
}

struct Amount {
  low @0 :UInt64;
  high @1 :UInt64;
}

struct Moment {
  # A moment of the ledger; neither given: now, that is `at`.
  position @0 :UInt64;
  instant @1 :Int64;
  # Used where the position is 0: right after the last record posted at or before it.
}

struct PageRequest {
  size @0 :UInt32 = 100;
  # 1 to 10,000.
  backward @1 :Bool;
  # Newest first.
  cursor @2 :Text;
  # Of the page before; empty: from the start.
}

struct Range {
  # Of an account's past; both ends included, none: open.
  fromPosition @0 :UInt64;
  toPosition @1 :UInt64;
  from @2 :Int64;
  to @3 :Int64;
}

struct Balance {
  normalSide @0 :UInt8;
  debits @1 :Amount;
  # Posted turnover, without what is buffered.
  credits @2 :Amount;
  bufferedDebits @3 :Amount;
  # Null (zero) where nothing is buffered; as the two after it.
  bufferedCredits @4 :Amount;
  held @5 :Amount;
}

struct DatedBalance {
  normalSide @0 :UInt8;
  debits @1 :Amount;
  credits @2 :Amount;
}

struct AccountInfo {
  id @0 :Id;
  book @1 :UInt16;
  currency @2 :Text;
  code @3 :Text;
  kind @4 :UInt8;
  normalSide @5 :UInt8;
  name @6 :Text;
  minimum @7 :Amount;
  # Null: no limit.
  maximum @8 :Amount;
  freeze @9 :UInt8;
  freezeReference @10 :Text;
  bufferWindow @11 :Int64;
  # Nanoseconds; 0: not buffered.
  bufferLines @12 :UInt32;
  openItems @13 :Bool;
  transit @14 :Bool;
  closed @15 :Bool;
  parent @16 :Id;
  attributes @17 :List(Attribute);
  opened @18 :UInt64;
  # The position that opened it.
  handle @19 :UInt32;
  # Its number in the order of opening.
}

struct Attribute {
  key @0 :Text;
  value @1 :Text;
}

struct AccountEntry {
  position @0 :UInt64;
  instant @1 :Int64;
  kind @2 :UInt8;
  side @3 :UInt8;
  ink @4 :UInt8;
  buffered @5 :Bool;
  line @6 :UInt16;
  # Of a line: its index in the voucher.
  bookDate @7 :Int32 = -2147483648;
  # Of a line or fold.
  amount @8 :Amount;
  balance @9 :Balance;
  # After the entry.
  folded @10 :Folded;
  # Of a fold; else null.
}

struct Folded {
  lines @0 :UInt64;
  debits @1 :Amount;
  credits @2 :Amount;
  first @3 :UInt64;
  last @4 :UInt64;
}

struct VoucherKey {
  union {
    id @0 :Id;
    position @1 :UInt64;
    numbered :group {
      book @2 :UInt16;
      bookDate @3 :Int32;
      number @4 :UInt64;
    }
  }
}

struct PostedVoucher {
  record @0 :Data;
  # A TravellingBatch of this one voucher.
  position @1 :UInt64;
  number @2 :UInt64;
  instant @3 :Int64;
  reversedBy @4 :Id;
  # Null: it stands.
  replacedBy @5 :Id;
}

struct PostedRecord {
  position @0 :UInt64;
  instant @1 :Int64;
  kind @2 :UInt8;
  id @3 :Id;
  order @4 :Id;
}

struct TrialSum {
  book @0 :UInt16;
  currency @1 :Text;
  debits @2 :Text;
  # Decimal digits of the minor units, which can exceed 128 bits.
  credits @3 :Text;
  accounts @4 :UInt64;
  balanced @5 :Bool;
}

struct Stats {
  # As include/ledger/stats.hpp.
  committedThrough @0 :UInt64;
  sealedThrough @1 :UInt64;
  accounts @2 :UInt64;
  openHolds @3 :UInt64;
  journalBytes @4 :UInt64;
  checkpointBytes @5 :UInt64;
  recordsWaiting @6 :UInt64;
  tailEntries @7 :UInt64;
  segments @8 :UInt64;
  readers @9 :UInt64;
  batches @10 :UInt64;
  bytesAppended @11 :UInt64;
}
