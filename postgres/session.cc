// SPDX-License-Identifier: MIT
#include "postgres/session.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <pqxx/pqxx>
#include <regex>
#include <utility>

#include "base/text.h"

namespace schemagate::postgres {
namespace {

/// Takes apart what libpq formats at verbosity "verbose", which, unlike libpqxx 6's exceptions,
/// always has the SQLSTATE: "ERROR:  23505: message\nDETAIL:  …\nHINT:  …\nLOCATION:  …". The words
/// may be translated; so only the first line becomes the message, whatever the others are.
SqlError take_apart(std::string_view text) {
  SqlError error;
  const auto lines = split(text, '\n');
  std::string_view message = lines.front();
  static const std::regex severity_and_state(R"(^[^:]{1,20}:  ([0-9A-Z]{5}): )");
  std::cmatch found;
  if (std::regex_search(message.data(), message.data() + message.size(), found, severity_and_state,
                        std::regex_constants::match_continuous)) {
    error.sqlstate = found[1];
    message.remove_prefix(static_cast<std::size_t>(found.length()));
  }
  error.message = trim(message);
  for (const std::string_view line : lines) {
    if (line.starts_with("DETAIL:  ")) error.detail = line.substr(9);
    if (line.starts_with("HINT:  ")) error.hint = line.substr(7);
  }
  return error;
}

/// libpqxx 6 and 7.0 to 7.9 report notices to errorhandlers.
template <class Connection>
class Listener : public pqxx::errorhandler {
 public:
  Listener(Connection& connection, std::vector<std::string>& notices)
      : errorhandler(connection), notices_(notices) {}
  bool operator()(const char message[]) noexcept override {
    try {
      notices_.emplace_back(trim(message));
    } catch (...) {  // out of memory: the notice is lost, the statement goes on
    }
    return false;
  }

 private:
  std::vector<std::string>& notices_;
};

// The type of the verbosity has another name in libpqxx 6 than in 7; its values are libpq's in
// both.
template <class Connection, class Verbosity>
Verbosity verbosity_of(void (Connection::*)(Verbosity) noexcept);
template <class Connection, class Verbosity>
Verbosity verbosity_of(void (Connection::*)(Verbosity) & noexcept);

template <class Connection>
void set_verbose(Connection& connection) {
  constexpr int verbose = 2;
  connection.set_verbosity(
      static_cast<decltype(verbosity_of(&Connection::set_verbosity))>(verbose));
}

struct NoListener {};

/// Collects notices of `connection`; what is returned must live as long as it does.
template <class Connection>
auto listen(Connection& connection, std::vector<std::string>& notices) {
  const auto collect = [&notices](auto message) noexcept {
    try {
      notices.emplace_back(trim(std::string_view(message)));
    } catch (...) {  // as above
    }
  };
  if constexpr (requires { connection.set_notice_handler(collect); }) {
    connection.set_notice_handler(collect);
    return std::make_unique<NoListener>();
  } else {
    return std::make_unique<Listener<Connection>>(connection, notices);
  }
}

}  // namespace

struct Session::Impl {
  explicit Impl(const std::string& options) : conninfo(options), connection(options) {}

  std::string conninfo;
  std::vector<std::string> notices;
  pqxx::connection connection;
  decltype(listen(std::declval<pqxx::connection&>(),
                  std::declval<std::vector<std::string>&>())) listener;
};

std::optional<std::string> Answer::value() const {
  if (rows.empty() || rows.front().empty()) return std::nullopt;
  return rows.front().front();
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Opened Session::open(const std::string& conninfo) {
  constexpr std::size_t longest = 65536;
  if (conninfo.size() > longest)
    return SqlError{
        .sqlstate = {}, .message = "the connection string is too long", .detail = {}, .hint = {}};
  try {
    auto impl = std::make_unique<Impl>(conninfo);
    impl->listener = listen(impl->connection, impl->notices);
    set_verbose(impl->connection);
    return Session(std::move(impl));
  } catch (const std::exception& error) {
    return SqlError{
        .sqlstate = {},
        .message = without_pieces(redact(std::string(trim(error.what())), conninfo), conninfo),
        .detail = {},
        .hint = {}};
  }
}

Answer Session::run(const std::string& sql) {
  Answer answer;
  // A lost connection stays lost: libpqxx 6 would silently make a new one, with other settings.
  if (!is_open()) {
    answer.error = SqlError{
        .sqlstate = "08006", .message = "the connection was lost", .detail = {}, .hint = {}};
    return answer;
  }
  try {
    pqxx::nontransaction plain(impl_->connection);
    const pqxx::result result = plain.exec(sql);
    answer.rows.reserve(static_cast<std::size_t>(result.size()));
    answer.affected = static_cast<long long>(result.affected_rows());
    for (const auto& row : result) {
      Row& cells = answer.rows.emplace_back();
      for (const auto& field : row) {
        if (field.is_null()) {
          cells.emplace_back(std::nullopt);
        } else {
          cells.emplace_back(std::string(field.c_str(), field.size()));
        }
      }
    }
  } catch (const std::exception& error) {
    answer.rows.clear();
    answer.error = take_apart(redact(error.what(), impl_->conninfo));
  }
  if (answer.error && !is_open()) answer.error->sqlstate = "08006";
  return answer;
}

std::vector<std::string> Session::take_notices() { return std::exchange(impl_->notices, {}); }
bool Session::is_open() const { return impl_->connection.is_open(); }
int Session::backend_pid() const { return impl_->connection.backendpid(); }
int Session::major() const { return impl_->connection.server_version() / 10000; }

std::string with_defaults(std::string conninfo) {
  const bool is_url = conninfo.find("://") != std::string::npos;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (conninfo.find(std::string(name) + "=") != std::string::npos) return;
    conninfo += !is_url ? ' ' : conninfo.find('?') == std::string::npos ? '?' : '&';
    conninfo += fmt::format("{}={}", name, is_url ? value : "'" + value + "'");
  };
  add("application_name", "schemagate");
  add("connect_timeout", "10");
  const char* certificates = std::getenv("SSL_CERT_FILE");
  if (certificates && conninfo.find("sslmode=verify") != std::string::npos) {
    std::string path;
    for (const char c : std::string_view(certificates)) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '.' ||
                         c == '-' || c == '_';
      path += plain || !is_url ? std::string(1, c)
                               : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    add("sslrootcert", path);
  }
  return conninfo;
}

}  // namespace schemagate::postgres
