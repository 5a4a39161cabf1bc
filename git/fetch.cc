// SPDX-License-Identifier: MIT
// Repository::fetch: what a clone lacks, got from the server.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <cstdlib>

#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// More than this is no schema's history.
constexpr std::size_t max_bytes = std::size_t{8} << 30;

/// The parts of an address that is safe to hand to libgit2.
struct Address {
  bool is_secure = false;
  std::string host;
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

/// Refuses whatever two parsers could read differently: then the token might go elsewhere.
Address parse_address(const std::string& url) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  const auto refuse = [](const std::string& why) {
    throw Error(ErrorKind::config, "can't fetch: " + why,
                "an address like https://github.com/OWNER/REPOSITORY is expected");
  };
  Address address{url.starts_with("https://"), {}};
  if (!address.is_secure && !url.starts_with("http://")) refuse("only https is spoken");
  const auto begin = url.find("://") + 3;
  const auto slash = std::min(url.find('/', begin), url.size());
  auto host = url.substr(begin, slash - begin);
  if (host.find('@') != std::string::npos) refuse("the address holds a user name");
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && !host.ends_with(']');
  const auto port = has_port ? host.substr(colon + 1) : "443";
  if (has_port) host.resize(colon);
  address.host = host;
  const auto path = url.substr(slash);
  if (host.empty() || port.empty() || port.find_first_not_of("0123456789") != std::string::npos ||
      (host != "[::1]" && host.find_first_not_of(plain) != std::string::npos) ||
      path.find_first_not_of(std::string(plain) + "/") != std::string::npos) {
    refuse("the address has characters that do not belong there");
  }
  if (!address.is_secure && !is_loopback(host)) refuse("http is spoken with this machine only");
  return address;
}

/// What libgit2's callbacks get.
struct Session {
  const std::string& token;
  bool has_given_token = false;
};

int give_credential(git_credential** credential, const char*, const char*, unsigned allowed,
                    void* payload) {
  auto& session = *static_cast<Session*>(payload);
  const bool is_asked_for_password = allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT;
  if (session.token.empty() || session.has_given_token || !is_asked_for_password) {
    set_error(session.has_given_token ? "the server refused the token"
                                      : "the server asks for a token");
    return GIT_EAUTH;
  }
  session.has_given_token = true;
  // https://docs.github.com/en/apps/creating-github-apps: the user name that goes with a token.
  return git_credential_userpass_plaintext_new(credential, "x-access-token", session.token.c_str());
}

int stop_when_too_large(const git_indexer_progress* progress, void*) {
  if (progress->received_bytes <= max_bytes) return 0;
  set_error("the server sends more than 8 GiB");
  return GIT_EUSER;
}

/// Where the references go: to their own names, branches to refs/remotes/origin as well.
std::vector<std::string> refspecs(const FetchRequest& request) {
  constexpr std::string_view branches = "refs/heads/";
  std::vector<std::string> specs;
  if (request.all_branches_and_tags)
    specs = {"+refs/heads/*:refs/heads/*", "+refs/heads/*:refs/remotes/origin/*",
             "+refs/tags/*:refs/tags/*"};
  for (const auto& name : request.references) {
    int is_valid = 0;
    if (!name.starts_with("refs/") || git_reference_name_is_valid(&is_valid, name.c_str()) < 0 ||
        !is_valid) {
      throw Error(ErrorKind::repository, fmt::format("\"{}\" is not a reference's name", name),
                  "for example refs/heads/main");
    }
    specs.push_back(fmt::format("+{}:{}", name, name));
    if (!name.starts_with(branches)) continue;
    specs.push_back(fmt::format("+{}:refs/remotes/origin/{}", name, name.substr(branches.size())));
  }
  return specs;
}

/// Without these a server that says nothing would hold us for ever. libgit2 before 1.7 can't.
void set_timeouts() {
#if LIBGIT2_VER_MAJOR > 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR >= 7)
  constexpr int connect_milliseconds = 30'000;
  constexpr int answer_milliseconds = 120'000;
  git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, connect_milliseconds);
  git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, answer_milliseconds);
#endif
}

void trust(const std::string& ca_file) {
  if (ca_file.empty()) return;
  if (git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_file.c_str(), nullptr) < 0) {
    throw Error(ErrorKind::config,
                fmt::format("can't use the certificates in {}: {}", ca_file, last_error()));
  }
}

/// The proxy that libgit2 finds in the environment, without who may use it.
std::string proxy_for(const Address& address) {
  if (is_loopback(address.host)) return {};
  for (const char* name : {"https_proxy", "HTTPS_PROXY"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string url = value;
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    const auto user = url.rfind('@');
    const auto host = user == std::string::npos ? begin : user + 1;
    return url.substr(host, url.find('/', host) - host);
  }
  return {};
}

/// Why nothing came, and what to do about it.
Error not_fetched(int code, const FetchRequest& request, const Address& address) {
  const git_error* error = git_error_last();
  std::string words = last_error();
  std::replace(words.begin(), words.end(), '\n', ' ');
  if (code != GIT_ECERTIFICATE && (error == nullptr || error->klass != GIT_ERROR_SSL))
    return {ErrorKind::repository, fmt::format("can't fetch from {}: {}", request.url, words),
            request.token.empty()
                ? "is the repository private? then a token is needed that may read its contents"
                : "may the token read the repository? the job needs `permissions: contents: read`"};
  const std::string proxy = proxy_for(address);
  return {ErrorKind::repository,
          fmt::format("can't fetch from {}: no safe connection with {}{}: {}", request.url,
                      address.host, proxy.empty() ? "" : fmt::format(" (HTTPS_PROXY is {})", proxy),
                      words),
          "did an authority of your own, or of the proxy, sign the certificate? then the input "
          "ca-file, or SSL_CERT_FILE, has to name a PEM file with the authority's"};
}

void download(git_repository* repository, const FetchRequest& request, const Address& address) {
  git_remote* opened = nullptr;
  check(git_remote_create_anonymous(&opened, repository, request.url.c_str()),
        "fetch from " + request.url);
  const Handle<git_remote> remote(opened);
  auto specs = refspecs(request);
  std::vector<char*> pointers;
  for (auto& spec : specs) pointers.push_back(spec.data());
  const git_strarray wanted{pointers.data(), pointers.size()};

  Session session{request.token};
  git_fetch_options options;
  git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.callbacks.credentials = give_credential;
  options.callbacks.transfer_progress = stop_when_too_large;
  options.callbacks.payload = &session;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  options.proxy_opts.type = is_loopback(address.host) ? GIT_PROXY_NONE : GIT_PROXY_AUTO;
  clear_error();
  const int code = git_remote_fetch(remote.get(), &wanted, &options, nullptr);
  if (code < 0) throw not_fetched(code, request, address);
}

/// Makes the references of `clone` in `repository`, whose objects it can read. One that points to
/// nothing is left out.
void copy_references(git_repository* clone, git_repository* repository) {
  git_strarray names{};
  check(git_reference_list(&names, clone), "list the references");
  for (std::size_t i = 0; i < names.count; ++i) {
    const char* name = names.strings[i];
    git_oid id;
    const bool is_remote = std::string_view(name).starts_with("refs/remotes/");
    if (is_remote && git_reference_name_to_id(&id, repository, name) == 0) continue;
    git_reference *found = nullptr, *made = nullptr;
    if (git_reference_lookup(&found, clone, name) < 0) continue;
    const Handle<git_reference> reference(found);
    if (const char* target = git_reference_symbolic_target(found))
      git_reference_symbolic_create(&made, repository, name, target, 1, nullptr);
    else
      git_reference_create(&made, repository, name, git_reference_target(found), 1, nullptr);
    const Handle<git_reference> created(made);
  }
  git_strarray_dispose(&names);
  git_oid head;
  if (git_reference_name_to_id(&head, clone, "HEAD") == 0)
    git_repository_set_head_detached(repository, &head);
}

}  // namespace

Repository Repository::fetch(const FetchRequest& request, const Repository& clone) {
  Repository fetched = fetch(request);
  git_repository* from = clone.impl_->repository.get();
  const std::string objects = std::string(git_repository_commondir(from)) + "objects";
  check(git_odb_add_disk_alternate(fetched.impl_->objects.get(), objects.c_str()),
        "read the objects of the clone");
  copy_references(from, fetched.impl_->repository.get());
  return fetched;
}

Repository Repository::fetch(const FetchRequest& request) {
  const auto address = parse_address(request.url);
  start_libgit2();
  set_timeouts();
  trust(request.ca_file);
  auto folder = std::make_unique<TemporaryFolder>();
  git_repository* opened = nullptr;
  check(git_repository_init(&opened, folder->path().c_str(), 1), "make a temporary repository");
  Handle<git_repository> repository(opened);
  download(repository.get(), request, address);
  for (const auto& name : request.references) {
    git_oid id;
    if (git_reference_name_to_id(&id, repository.get(), name.c_str()) == 0) continue;
    throw Error(ErrorKind::repository, fmt::format("{} has no {}", request.url, name),
                "was the branch deleted?");
  }
  auto impl = std::make_unique<Impl>(std::move(repository));
  impl->folder = std::move(folder);
  return Repository(std::move(impl));
}

}  // namespace schemagate::git
