// The queries of ServedView: each is one call, as of the view's position.
#include "rpc/client_impl.hpp"

#include "rpc/wire.hpp"

namespace ledger {

namespace wire = rpc::wire;

/// How the queries call: with the view's position in the request.
struct ServedView::Asking {
    const ServedView& view;

    template <class Value, class Get>
    static std::optional<Value> optional_from(bool has, Get get) {
        if (!has) return {};
        return rpc::value_from(get());
    }
    template <class Item>
    static auto page_reader() {
        return [](const auto& response) {
            return Page<Item>{rpc::all_from<Item>(response.getItems()),
                              rpc::text_from(response.getCursor())};
        };
    }

    Client::Impl& impl() const { return *view.client_->impl_; }

    /// `make(reader)` gives the request, which `fill` completes.
    template <class Make, class Fill, class Read>
    auto ask(Make make, Fill fill, Read read) const {
        return impl().call(
            [&from = impl(), at = view.position_, make, fill = std::move(fill)] {
                auto request = make(from.reader);
                request.setAt(at.value);
                fill(request);
                return request.send();
            },
            std::move(read));
    }

    template <class Fill>
    auto balance(AccountId id, Fill fill) const {
        return ask([](auto& reader) { return reader.balanceRequest(); },
                   [id, fill](auto& request) {
                       rpc::write(request.initAccount(), id);
                       fill(request);
                   },
                   [](const auto& response) {
                       return optional_from<Balance>(response.hasBalance(),
                                                     [&] { return response.getBalance(); });
                   });
    }
    template <class Fill>
    auto balance_on(AccountId id, Date date, Fill fill) const {
        return ask([](auto& reader) { return reader.balanceOnRequest(); },
                   [id, date, fill](auto& request) {
                       rpc::write(request.initAccount(), id);
                       request.setDate(date.days);
                       fill(request);
                   },
                   [](const auto& response) {
                       return optional_from<DatedBalance>(response.hasBalance(),
                                                          [&] { return response.getBalance(); });
                   });
    }
    template <class Fill>
    auto voucher(Fill fill) const {
        return ask([](auto& reader) { return reader.voucherRequest(); },
                   [fill](auto& request) { fill(request.initKey()); },
                   [](const auto& response) {
                       return optional_from<PostedVoucher>(response.hasVoucher(),
                                                           [&] { return response.getVoucher(); });
                   });
    }
    template <class Fill>
    auto record(Fill fill) const {
        return ask([](auto& reader) { return reader.recordRequest(); }, fill,
                   [](const auto& response) {
                       return optional_from<PostedRecord>(response.hasRecord(),
                                                          [&] { return response.getRecord(); });
                   });
    }
    Page<AccountEntry> entries(AccountId id, const PageRequest& page, const Range& range,
                               bool lines_only) const {
        return ask([](auto& reader) { return reader.entriesRequest(); },
                   [&](auto& request) {
                       rpc::write(request.initAccount(), id);
                       request.setLinesOnly(lines_only);
                       rpc::write(request.initPage(), page);
                       rpc::write(request.initRange(), range);
                   },
                   page_reader<AccountEntry>());
    }
};

ServedView Client::view() const {
    return impl_->call([impl = impl_.get()] { return impl->reader.headRequest().send(); },
                       [this](const auto& response) {
                           return ServedView(*this, Position{response.getPosition()});
                       });
}

ServedView ServedView::at(Position position) const {
    if (position <= position_) return {*client_, position};
    throw InvalidArgument("position " + std::to_string(position.value) +
                          " is after this view's, which is " + std::to_string(position_.value) +
                          "; take a newer view");
}

Instant ServedView::instant() const {
    return Asking{*this}.ask([](auto& reader) { return reader.headRequest(); }, [](auto&) {},
                             [](const auto& response) { return Instant{response.getInstant()}; });
}

Position ServedView::position_at(Instant instant) const {
    return Asking{*this}.ask([](auto& reader) { return reader.positionAtRequest(); },
                             [instant](auto& request) { request.setInstant(instant.nanoseconds); },
                             [](const auto& response) { return Position{response.getPosition()}; });
}

// ---- accounts

std::optional<AccountInfo> ServedView::account(AccountId id) const {
    return Asking{*this}.ask([](auto& reader) { return reader.accountRequest(); },
                             [id](auto& request) { rpc::write(request.initAccount(), id); },
                             [](const auto& response) {
                                 return Asking::optional_from<AccountInfo>(
                                     response.hasAccount(), [&] { return response.getAccount(); });
                             });
}

Page<AccountInfo> ServedView::accounts(std::string_view prefix, const PageRequest& page) const {
    return Asking{*this}.ask([](auto& reader) { return reader.accountsRequest(); },
                             [&](auto& request) {
                                 request.setPrefix(rpc::text_of(prefix));
                                 rpc::write(request.initPage(), page);
                             },
                             Asking::page_reader<AccountInfo>());
}

std::optional<Balance> ServedView::balance(AccountId id) const {
    return Asking{*this}.balance(id, [](auto&) {});
}
std::optional<Balance> ServedView::balance_at(AccountId id, Position position) const {
    return at(position).balance(id);
}
std::optional<Balance> ServedView::balance_at(AccountId id, Instant instant) const {
    return Asking{*this}.balance(
        id, [instant](auto& request) { request.initMoment().setInstant(instant.nanoseconds); });
}

std::optional<DatedBalance> ServedView::balance_on(AccountId id, Date date) const {
    return Asking{*this}.balance_on(id, date, [](auto&) {});
}
std::optional<DatedBalance> ServedView::balance_on(AccountId id, Date date,
                                                   Position known_at) const {
    return Asking{*this}.balance_on(
        id, date, [known_at](auto& request) { request.initKnownAt().setPosition(known_at.value); });
}
std::optional<DatedBalance> ServedView::balance_on(AccountId id, Date date,
                                                   Instant known_at) const {
    return Asking{*this}.balance_on(id, date, [known_at](auto& request) {
        request.initKnownAt().setInstant(known_at.nanoseconds);
    });
}

Page<AccountEntry> ServedView::entries(AccountId id, const PageRequest& page,
                                       const Range& range) const {
    return Asking{*this}.entries(id, page, range, false);
}
Page<AccountEntry> ServedView::lines(AccountId id, const PageRequest& page,
                                     const Range& range) const {
    return Asking{*this}.entries(id, page, range, true);
}

// ---- records

std::optional<PostedVoucher> ServedView::voucher(VoucherId id) const {
    return Asking{*this}.voucher([id](auto key) { rpc::write(key.initId(), id); });
}
std::optional<PostedVoucher> ServedView::voucher(Position position) const {
    return Asking{*this}.voucher([position](auto key) { key.setPosition(position.value); });
}
std::optional<PostedVoucher> ServedView::voucher(BookId book, Date book_date,
                                                 std::uint64_t number) const {
    return Asking{*this}.voucher([=](auto key) {
        auto numbered = key.initNumbered();
        numbered.setBook(book.number);
        numbered.setBookDate(book_date.days);
        numbered.setNumber(number);
    });
}

std::optional<PostedRecord> ServedView::record(RecordId id) const {
    return Asking{*this}.record([id](auto& request) { rpc::write(request.initId(), id); });
}
std::optional<PostedRecord> ServedView::record(Position position) const {
    return Asking{*this}.record([position](auto& request) { request.setPosition(position.value); });
}

Page<PostedRecord> ServedView::records_of(OrderId order, const PageRequest& page) const {
    return Asking{*this}.ask([](auto& reader) { return reader.recordsOfRequest(); },
                             [&](auto& request) {
                                 rpc::write(request.initOrder(), order);
                                 rpc::write(request.initPage(), page);
                             },
                             Asking::page_reader<PostedRecord>());
}

std::vector<TrialSum> ServedView::trial_sums() const {
    return Asking{*this}.ask(
        [](auto& reader) { return reader.trialSumsRequest(); }, [](auto&) {},
        [](const auto& response) { return rpc::all_from<TrialSum>(response.getSums()); });
}

}  // namespace ledger
