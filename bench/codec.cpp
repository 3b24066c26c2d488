// The codec's workloads: encoding and decoding full batches, and reading one record of a batch.
// Items are records, so that items/s is what the journal's writer and reader can reach.
#include "ledger/record/codec.hpp"

#include <benchmark/benchmark.h>

#include <random>

namespace {

using namespace ledger;

/// A full batch of vouchers of two lines, resolved; each `hold_every`-th record is a hold instead.
Batch full_batch(std::size_t hold_every) {
    std::mt19937_64 random(1);
    Batch batch;
    for (std::size_t i = 0; i < bounds::batch_records_max; ++i) {
        const RecordId id(random(), random());
        if (hold_every != 0 && i % hold_every == 0) {
            PlaceHold hold;
            hold.account = AccountId(0, random() % 10'000 + 1);
            hold.amount = Amount{static_cast<i128>(random() % 1'000'000 + 1)};
            hold.expires_at = Instant{1'700'000'000'000'000'000};
            batch.add(id, hold);
            continue;
        }
        const Amount amount{static_cast<i128>(random() % 1'000'000 + 1)};
        batch.add_voucher(id, BookId{1})
            .debit(AccountId(0, random() % 10'000 + 1), amount)
            .credit(AccountId(0, random() % 10'000 + 1), amount)
            .order(OrderId(random(), random()));
    }
    for (BatchLine& line : batch.lines) {
        line.handle.index = static_cast<std::uint32_t>(line.account.low());
    }
    return batch;
}

std::span<const std::byte> encode_all(record::Encoder& encoder, const Batch& batch) {
    encoder.begin();
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    return encoder.finish();
}

void encode(benchmark::State& state, std::size_t hold_every) {
    const Batch batch = full_batch(hold_every);
    record::Encoder encoder;
    std::size_t bytes = 0;
    for (auto _ : state) benchmark::DoNotOptimize(bytes = encode_all(encoder, batch).size());
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
    state.counters["bytes_per_record"] =
        static_cast<double>(bytes) / static_cast<double>(batch.size());
}

void decode(benchmark::State& state, std::size_t hold_every) {
    const Batch batch = full_batch(hold_every);
    record::Encoder encoder;
    const auto payload = encode_all(encoder, batch);
    Batch out;
    for (auto _ : state) {
        record::decode(payload, out);
        benchmark::DoNotOptimize(out.records.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
}

void encode_vouchers_of_two_lines(benchmark::State& state) { encode(state, 0); }
void encode_one_third_holds(benchmark::State& state) { encode(state, 3); }
void decode_vouchers_of_two_lines(benchmark::State& state) { decode(state, 0); }
void decode_one_third_holds(benchmark::State& state) { decode(state, 3); }

/// Opens the batch anew for each read, as a lookup by position does.
void read_one_record_of_a_batch(benchmark::State& state) {
    const Batch batch = full_batch(0);
    record::Encoder encoder;
    const auto payload = encode_all(encoder, batch);
    Batch out;
    std::size_t index = 0;
    for (auto _ : state) {
        out.clear();
        const record::PayloadView view(payload);
        view.read(index, out);
        index = (index + 4099) % view.size();
        benchmark::DoNotOptimize(out.records.data());
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(encode_vouchers_of_two_lines);
BENCHMARK(encode_one_third_holds);
BENCHMARK(decode_vouchers_of_two_lines);
BENCHMARK(decode_one_third_holds);
BENCHMARK(read_one_record_of_a_batch);

}  // namespace
