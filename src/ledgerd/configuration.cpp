// See configuration.hpp.
#include "ledgerd/configuration.hpp"

#include "intake/json_file.hpp"

#include <array>
#include <limits>
#include <utility>

namespace ledger::ledgerd {

namespace {

using intake::json;
using intake::JsonFields;

rpc::Role parse_role(const std::string& text) {
    if (text == "reader") return rpc::Role::reader;
    if (text == "poster") return rpc::Role::poster;
    if (text == "operator") return rpc::Role::operator_role;
    throw InvalidArgument("\"" + text + "\" is no role; write reader, poster or operator");
}

std::vector<BookId> read_books(JsonFields& fields) {
    std::vector<BookId> books;
    fields.each("books", [&](const json& element, const std::string& place) {
        if (!element.is_number_unsigned() || element.get<std::uint64_t>() == 0 ||
            element.get<std::uint64_t>() > std::numeric_limits<std::uint16_t>::max()) {
            throw InvalidArgument(place + ": must be the number of a book, 1 to 65535");
        }
        books.push_back({element.get<std::uint16_t>()});
    });
    if (fields.find("books") != nullptr && books.empty()) {
        fields.refuse("books",
                      "must not be empty; leave it out where the principal is not limited");
    }
    return books;
}

rpc::PrincipalOptions read_principal(const json& object, const std::string& place) {
    JsonFields fields(object, place);
    rpc::PrincipalOptions principal;
    principal.name = fields.text("name");
    const std::string role = fields.text("role");
    principal.role = fields.checked("role", [&] { return parse_role(role); });
    principal.books = read_books(fields);
    if (fields.find("user_id") != nullptr) {
        principal.user_id = static_cast<std::uint32_t>(
            fields.number("user_id", 0, std::numeric_limits<std::uint32_t>::max() - 1));
    }
    principal.token_sha256 = fields.text_or("token_sha256", "");
    principal.certificate = fields.text_or("certificate", "");
    const auto rate = [&](const char* field) {
        return fields.number(field, 0, 1'000'000'000, std::uint64_t{0});
    };
    principal.records_per_second = rate("records_per_second");
    principal.queries_per_second = rate("queries_per_second");
    if (!principal.user_id && principal.token_sha256.empty() && principal.certificate.empty()) {
        fields.refuse("user_id",
                      "or token_sha256 or certificate must be there: else nobody can be this "
                      "principal");
    }
    fields.finish();
    return principal;
}

rpc::TlsOptions read_tls(const json& object, const std::string& place) {
    JsonFields fields(object, place);
    rpc::TlsOptions tls;
    tls.address = fields.text("address");
    tls.files.certificate = fields.text("certificate");
    tls.files.key = fields.text("key");
    tls.files.authority = fields.text("client_authority");
    fields.finish();
    return tls;
}

void read_limits(const json& object, const std::string& place, rpc::ServerLimits& limits) {
    JsonFields fields(object, place);
    const auto number = [&](const char* field, auto& value, std::uint64_t least,
                            std::uint64_t most) {
        value = static_cast<std::decay_t<decltype(value)>>(
            fields.number(field, least, most, static_cast<std::uint64_t>(value)));
    };
    const auto milliseconds = [&](const char* field, std::chrono::milliseconds& value) {
        value = std::chrono::milliseconds(
            fields.number(field, 10, 86'400'000, static_cast<std::uint64_t>(value.count())));
    };
    number("connections", limits.connections_max, 1, 1'000'000);
    number("message_bytes", limits.message_bytes_max, 65'536, std::uint64_t{16} << 20);
    number("calls", limits.calls_max, 1, 10'000);
    number("records", limits.records_max, 1, 1'000'000);
    number("principal_records", limits.principal_records_max, 1, 1'000'000);
    number("feeds", limits.feeds_max, 0, 1'000);
    number("query_threads", limits.query_threads, 1, 64);
    milliseconds("login_ms", limits.login_timeout);
    milliseconds("message_ms", limits.message_timeout);
    milliseconds("idle_ms", limits.idle_timeout);
    fields.finish();
}

std::string read_log_level(JsonFields& fields) {
    const std::string level = fields.text_or("log_level", "info");
    constexpr std::array levels{"debug", "info", "warning", "error", "off"};
    for (const char* known : levels) {
        if (level == known) return level;
    }
    fields.refuse("log_level", "must be debug, info, warning, error or off");
}

}  // namespace

Configuration parse_configuration(std::string_view text, const std::string& name) {
    const std::string thing = "configuration " + name;
    const json root = intake::parse_json_object(text, thing);
    JsonFields fields(root, thing + ": ");
    Configuration to;
    to.directory = fields.text("directory");
    to.create = fields.flag("create", false);
    to.options.segment_records =
        fields.number("segment_records", 1024, 1'048'576, to.options.segment_records);
    to.server.unix_socket = fields.text_or("unix_socket", "");
    to.server.tcp = fields.text_or("tcp", "");
    if (const json* tls = fields.find("tls")) {
        to.server.tls = read_tls(*tls, fields.place("tls"));
    }
    fields.each("principals", [&](const json& element, const std::string& place) {
        to.server.principals.push_back(read_principal(element, place));
    });
    if (const json* limits = fields.find("limits")) {
        read_limits(*limits, fields.place("limits"), to.server.limits);
    }
    to.log_level = read_log_level(fields);
    fields.finish();
    fields.checked("principals", [&] { return rpc::Principals(to.server.principals).size(); });
    return to;
}

Configuration load_configuration(const std::filesystem::path& file) {
    Configuration to = parse_configuration(
        intake::read_json_file(file, "configuration " + file.string()), file.string());
    const std::filesystem::path home = std::filesystem::absolute(file).parent_path();
    to.directory = home / to.directory;
    if (!to.server.unix_socket.empty()) to.server.unix_socket = home / to.server.unix_socket;
    if (to.server.tls) {
        rpc::TlsFiles& files = to.server.tls->files;
        for (auto* path : {&files.certificate, &files.key, &files.authority}) *path = home / *path;
    }
    return to;
}

}  // namespace ledger::ledgerd
