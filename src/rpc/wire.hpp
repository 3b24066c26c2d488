// The values of the public face as messages and back: the only place that knows both. Invariant:
// what is read equals what was written; and a message from anybody gives values or throws, since
// enumerators and codes are checked here, and what has a range by whoever takes the value.
#pragma once

#include "ledger/history/feed.hpp"
#include "ledger/history/view.hpp"
#include "ledger/model/outcome.hpp"
#include "ledger/record/codec.hpp"
#include "ledger/stats.hpp"
#include "rpc/ledger.capnp.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::rpc {

// ---- small things
template <class Tag>
void write(wire::Id::Builder to, BasicId<Tag> from) {
    to.setLow(from.low());
    to.setHigh(from.high());
}
template <class Id>
Id id_from(wire::Id::Reader from) {
    return Id{from.getHigh(), from.getLow()};
}
inline capnp::Text::Reader text_of(std::string_view from) { return {from.data(), from.size()}; }
inline std::string text_from(capnp::Text::Reader from) { return {from.begin(), from.size()}; }
inline std::span<const std::byte> bytes_from(capnp::Data::Reader from) {
    return std::as_bytes(std::span(from.begin(), from.size()));
}
inline capnp::Data::Reader data_of(std::span<const std::byte> from) {
    return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}

// ---- values
void write(wire::Result::Builder to, const Result& from);
void write(wire::PageRequest::Builder to, const PageRequest& from);
void write(wire::Range::Builder to, const Range& from);
void write(wire::Balance::Builder to, const Balance& from);
void write(wire::DatedBalance::Builder to, const DatedBalance& from);
void write(wire::AccountInfo::Builder to, const AccountInfo& from);
void write(wire::AccountEntry::Builder to, const AccountEntry& from);
void write(wire::FeedEntry::Builder to, const FeedEntry& from);
void write(wire::PostedVoucher::Builder to, const PostedVoucher& from);
void write(wire::PostedRecord::Builder to, const PostedRecord& from);
void write(wire::TrialSum::Builder to, const TrialSum& from);
void write(wire::Stats::Builder to, const Stats& from);

Result value_from(wire::Result::Reader from);
PageRequest value_from(wire::PageRequest::Reader from);
Range value_from(wire::Range::Reader from);
Balance value_from(wire::Balance::Reader from);
DatedBalance value_from(wire::DatedBalance::Reader from);
AccountInfo value_from(wire::AccountInfo::Reader from);
AccountEntry value_from(wire::AccountEntry::Reader from);
FeedEntry value_from(wire::FeedEntry::Reader from);
PostedVoucher value_from(wire::PostedVoucher::Reader from);
PostedRecord value_from(wire::PostedRecord::Reader from);
TrialSum value_from(wire::TrialSum::Reader from);
Stats value_from(wire::Stats::Reader from);

/// Writes all to a list that has room for them.
template <class List, class Value>
void write_all(List to, const std::vector<Value>& from) {
    for (unsigned i = 0; i < to.size(); ++i) write(to[i], from[i]);
}
template <class Value, class List>
std::vector<Value> all_from(const List& from) {
    std::vector<Value> to;
    to.reserve(from.size());
    for (const auto one : from) to.push_back(value_from(one));
    return to;
}

// ---- records of a feed: the batch that travels, and a fact for each
void write(wire::Feed::NextResults::Builder to, const std::vector<FeedRecord>& from);
void read(wire::Feed::NextResults::Reader from, std::vector<FeedRecord>& to);

}  // namespace ledger::rpc
