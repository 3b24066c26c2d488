// Repetitions and malformed records of a random history. Invariant: every shape outcome of
// model/shape.hpp that format 1 knows comes up, alone and together with others.
#include "support/random_history.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <variant>

namespace ledger::oracle {

namespace {

const CurrencyCode cny{"CNY"};
constexpr BookId main_book{1};

std::string long_text(std::size_t bytes) { return std::string(bytes, 'x'); }

}  // namespace

// Repetitions
// --------------------------------------------------------------------------------------

/// The same record again: of this batch, of lately, or of long ago.
void RandomHistory::repeat() {
    const auto& records = ledger_->records();
    if (!batch_.empty() && chance(25)) {
        const Batch copy = batch_;
        batch_.add_copy(copy, roll(copy.size()));
    } else if (!records.empty()) {
        const std::size_t span =
            chance(30) ? std::min<std::size_t>(records.size(), 10) : records.size();
        batch_.add_copy(records[records.size() - 1 - roll(span)].given, 0);
    } else {
        return register_entry();
    }
    BatchRecord& record = batch_.records.back();
    record.set(record_flag::linked, false);
    const bool of_engine =
        record.kind == RecordKind::time_passed || record.kind == RecordKind::anchor ||
        record.kind == RecordKind::certificate || record.kind == RecordKind::snapshot;
    if (of_engine && !options_.anchors) {
        batch_.records.pop_back();
        register_entry();
    }
}

/// An id of before with other content, sometimes of another kind.
void RandomHistory::repeat_changed() {
    repeat();
    BatchRecord& record = batch_.records.back();
    Detail* detail = record.detail == no_detail ? nullptr : &batch_.details[record.detail];
    if (!record.id) return;
    if (chance(15)) {
        const RecordId id = record.id;
        batch_.records.pop_back();
        batch_.add(id, RegisterEntry{9, "another kind"});
        return;
    }
    if (record.kind == RecordKind::voucher) {
        auto lines = batch_.lines_of(record);
        switch (roll(6)) {
            case 0: record.order = OrderId{record.order.value + 1}; break;
            case 1: record.code ^= 1; break;
            case 2: record.flags ^= record_flag::manual; break;
            case 3: record.book_date = some_date(record.book); break;
            case 4:
                if (!lines.empty()) lines[roll(lines.size())].amount.minor ^= 2;
                break;
            default:
                if (!lines.empty()) lines[roll(lines.size())].detail = no_detail;
                break;
        }
        record.set(record_flag::date_defaulted, !record.book_date);
        return;
    }
    if (auto* value = std::get_if<DefineBook>(detail)) value->name += "x";
    if (auto* value = std::get_if<DefineCurrency>(detail)) value->currency.decimals ^= 1;
    if (auto* value = std::get_if<DefineGroup>(detail)) value->name += "x";
    if (auto* value = std::get_if<OpenAccount>(detail)) value->name += "x";
    if (auto* value = std::get_if<DefineRelation>(detail)) value->name += "x";
    if (auto* value = std::get_if<PlaceHold>(detail)) value->amount.minor ^= 1;
    if (auto* value = std::get_if<ReleaseHold>(detail)) value->amount.minor ^= 1;
    if (auto* value = std::get_if<RegisterEntry>(detail)) value->payload += "x";
    if (auto* value = std::get_if<CloseDay>(detail)) value->exceptions.emplace_back(u128{1});
    if (chance(30)) record.order = OrderId{record.order.value ^ 1};
}

// Malformed records
// --------------------------------------------------------------------------------

void RandomHistory::malformed() {
    switch (roll(4)) {
        case 0: return malformed_voucher();
        case 1: return malformed_definition();
        case 2: return malformed_setting();
        default: return malformed_by_hand();
    }
}

void RandomHistory::malformed_voucher() {
    Voucher voucher = sensible_voucher(4);
    if (voucher.lines.empty()) return plain_voucher();
    for (bool again = true; again; again = chance(20)) {
        VoucherLine& line = voucher.lines[roll(voucher.lines.size())];
        switch (roll(chance(10) ? 14 : 13)) {
            case 0: line.amount = Amount{-static_cast<i128>(roll(2))}; break;
            case 1: voucher.lines.resize(1); break;
            case 2: voucher.detail.summary = long_text(bounds::text_bytes_max + 1); break;
            case 3: voucher.detail.made_by = long_text(bounds::principal_bytes_max + 1); break;
            case 4: voucher.detail.attributes = {{"a", "1"}, {"b", "2"}, {"a", "3"}}; break;
            case 5:
                voucher.detail.attributes.resize(bounds::attributes_max + 1, {"same", ""});
                break;
            case 6: line.dimensions.resize(bounds::dimensions_max + 1, {"same", ""}); break;
            case 7: line.dimensions = {{long_text(bounds::attribute_key_bytes_max + 1), ""}}; break;
            case 8: line.dimensions = {{"", "no key"}}; break;
            case 9:
                voucher.detail.captures.resize(bounds::captures_max + 1,
                                               {fresh_id(), Amount{1}, {}});
                break;
            case 10: voucher.detail.captures.resize(2, {fresh_id(), Amount{0}, {}}); break;
            case 11:
                (chance(50) ? voucher.detail.value_date : voucher.detail.concerns) = date_max + 1;
                break;
            case 12: line.dimensions = {{"shop", "\xE5\xBA"}}; break;  // half of a character
            default:
                voucher.lines.resize(bounds::voucher_lines_max + 1, voucher.lines.front());
                break;
        }
    }
    if (chance(10)) voucher.id = {};
    batch_.add(voucher);
}

void RandomHistory::malformed_definition() {
    OpenAccount account = new_account(main_book, cny);
    DefineRelation relation;
    relation.number = static_cast<std::uint32_t>(2000 + roll(99));
    relation.terms = {{1, account.id, {}, {}, {}}};
    DefineBook book{BookId{static_cast<std::uint16_t>(100 + roll(99))}, "", false, 0, Date::none()};
    Currency currency{CurrencyCode{"BAD"}, 2, 0, ""};
    switch (roll(22)) {
        case 0: account.code = ""; break;
        case 1: account.code = "a..b"; break;
        case 2: account.code = long_text(bounds::code_bytes_max + 1); break;
        case 3: account.code = "with space"; break;
        case 4: account.kind = static_cast<AccountKind>(chance(50) ? 0 : 8); break;
        case 5: account.normal_side = static_cast<Side>(2); break;
        case 6: account.name = long_text(bounds::name_bytes_max + 1); break;
        case 7: account.buffering.window = std::chrono::nanoseconds{-1}; break;
        case 8: account.buffering.lines_max = bounds::buffer_lines_max + 1; break;
        case 9: account.attributes = {{"", ""}}; break;
        case 10: account.id = {}; break;
        case 11:
            return void(batch_.add(DefineGroup{chance(50) ? "" : "bad.", AccountKind::asset, ""}));
        case 12: relation.number = chance(50) ? 0 : 65536; return void(batch_.add(relation));
        case 13: relation.terms.clear(); return void(batch_.add(relation));
        case 14:
            relation.terms.resize(65, relation.terms.front());
            return void(batch_.add(relation));
        case 15:
            relation.terms[0].coefficient = chance(50) ? 0 : -1001;
            return void(batch_.add(relation));
        case 16: relation.terms[0].group = "liab"; return void(batch_.add(relation));
        case 17: book.book = {}; return void(batch_.add(book));
        case 18:
            book.utc_offset_seconds = chance(50) ? 50401 : -50401;
            return void(batch_.add(book));
        case 19: book.first_date = date_min + -1; return void(batch_.add(book));
        case 20: {
            CloseDay close{main_book, utc_date(now_)};
            close.exceptions.resize(bounds::close_exceptions_max + 1, account.id);
            return void(batch_.add(close));
        }
        default:
            currency.decimals = static_cast<std::uint8_t>(18 + roll(2));
            currency.numeric = static_cast<std::uint16_t>(999 + roll(2));
            if (chance(30)) currency.code = {};
            return void(batch_.add(DefineCurrency{currency}));
    }
    batch_.add(account);
}

void RandomHistory::malformed_setting() {
    const AccountId account = any_account()->opened.id;
    const RecordId id = chance(95) ? fresh_id() : RecordId{};
    PlaceHold hold;
    hold.account = account;
    hold.amount = Amount{5};
    switch (roll(11)) {
        case 0: hold.amount = Amount{0}; break;
        case 1: hold.amount = Amount{-1}, hold.kind = HoldKind::precise; break;
        case 2: hold.kind = static_cast<HoldKind>(3); break;
        case 3: hold.sources.resize(bounds::precise_sources_max + 1, fresh_id()); break;
        case 4: hold.reference = long_text(bounds::text_bytes_max + 1); break;
        case 5: return void(batch_.add(id, ReleaseHold{fresh_id(), Amount{-1}, {}}));
        case 6: return void(batch_.add(id, SetFreeze{account, static_cast<Freeze>(4), ""}));
        case 7: return void(batch_.add(id, SetFreeze{account, Freeze::none, long_text(513)}));
        case 8: return void(batch_.add(id, SetAttributes{account, long_text(65), {}}));
        case 9: return void(batch_.add(id, SetBuffering{account, {std::chrono::hours{25}, 0}}));
        default:
            return void(
                batch_.add(id, RegisterEntry{0, long_text(bounds::register_bytes_max + 1)}));
    }
    batch_.add(id, hold);
}

/// Records that no add function makes.
void RandomHistory::malformed_by_hand() {
    batch_.add(fresh_id(), RegisterEntry{1, "by hand"});
    BatchRecord& record = batch_.records.back();
    switch (roll(5)) {
        case 0: record.kind = RecordKind::none; break;
        case 1: record.kind = static_cast<RecordKind>(record_kinds + roll(200)); break;
        case 2: record.kind = RecordKind::set_limits; break;
        case 3: record.detail = no_detail; break;
        default: {
            record.lines_begin = static_cast<std::uint32_t>(batch_.lines.size());
            record.line_count = 1;
            batch_.lines.push_back(
                {any_account()->opened.id, Amount{1}, {}, no_detail, Side::debit, Ink::black});
        }
    }
}

}  // namespace ledger::oracle
