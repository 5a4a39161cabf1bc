// SPDX-License-Identifier: MIT
#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/error.h"

namespace schemagate {

namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void demand(bool done) {
  if (!done)
    throw Error(ErrorKind::internal, "libcrypto refused to compute SHA-256",
                "is this build of OpenSSL restricted?");
}

/// The digest of what `context` has seen; it goes on after that.
std::string base64_so_far(const EVP_MD_CTX* context) {
  const Context copy(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  demand(copy && EVP_MD_CTX_copy_ex(copy.get(), context) == 1 &&
         EVP_DigestFinal_ex(copy.get(), digest.data(), &size) == 1);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

}  // namespace

std::string sha256_hex(std::string_view data) {
  // EVP_sha256() looks the algorithm up at each use: a finding's fingerprint is 64 bytes.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  demand(algorithm && context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[digest.at(i) >> 4];
    hex += digits[digest.at(i) & 15];
  }
  return hex;
}

std::vector<std::string> running_sha256_base64(const std::vector<std::string>& parts) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  demand(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  std::vector<std::string> digests;
  for (const std::string& part : parts) {
    demand(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    digests.push_back(base64_so_far(context.get()));
  }
  return digests;
}

}  // namespace schemagate
