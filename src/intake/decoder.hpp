// Text of any encoding to UTF-8, line by line. Invariant: what decode() accepts is valid UTF-8 and
// stands for the same characters; nothing is replaced or dropped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ledger::intake {

/// Over iconv(3). Every line is decoded from the initial shift state. Not thread-safe.
class Decoder {
public:
    /// Throws InvalidArgument where iconv does not know the encoding, or where ASCII is not one
    /// byte each in it (UTF-16, EBCDIC), so that lines cannot be found before decoding.
    explicit Decoder(const std::string& encoding);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    /// Appends the text in UTF-8. Returns the bytes taken: all of them, or those before the first
    /// byte that is none of the encoding.
    std::size_t decode(std::string_view bytes, std::string& out);
    /// The same, with every byte that is none of the encoding as \xNN.
    void decode_shown(std::string_view bytes, std::string& out);
    /// The same, without the bytes that are none of the encoding.
    void decode_known(std::string_view bytes, std::string& out);

private:
    std::size_t convert(std::string_view bytes, std::string& out);

    void* descriptor_;
    bool ascii_is_plain_ = false;  // all 128, so that a line of ASCII alone can be copied
};

}  // namespace ledger::intake
