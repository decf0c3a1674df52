#include "lianqiao/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "lianqiao/ascii.h"

namespace lianqiao {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned kAesBlock = 16;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// Fetched once, when it is first asked for: a fetch by every call costs more than the hash, and an
/// OpenSSL in FIPS mode has neither MD5 nor SM3. What asks for one that is not there cannot go on:
/// an empty digest would compare equal to another.
template <Hash hash>
const EVP_MD* fetched(const char* name) {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, name, nullptr);
  if (digest == nullptr) {
    std::fprintf(stderr, "lianqiao: this OpenSSL has no %s; install its default provider\n", name);
    std::abort();
  }
  return digest;
}

const EVP_MD* algorithm(Hash hash) {
  switch (hash) {
    case Hash::md5:
      return fetched<Hash::md5>("MD5");
    case Hash::sha1:
      return fetched<Hash::sha1>("SHA1");
    case Hash::sha256:
      return fetched<Hash::sha256>("SHA256");
    case Hash::sm3:
      return fetched<Hash::sm3>("SM3");
  }
  std::abort();
}

const EVP_CIPHER* aes(std::size_t keySize, bool chained) {
  switch (keySize) {
    case 16:
      return chained ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
    case 24:
      return chained ? EVP_aes_192_cbc() : EVP_aes_192_ecb();
    case 32:
      return chained ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
    default:
      return nullptr;
  }
}

/// Runs whole AES blocks through, without padding. An empty `iv` means ECB.
std::optional<std::string> runAes(std::string_view key, std::string_view iv, std::string_view data,
                                  bool encrypt) {
  const EVP_CIPHER* cipher = aes(key.size(), !iv.empty());
  constexpr std::size_t kMost = 1u << 30;
  if (cipher == nullptr || data.empty() || data.size() % kAesBlock != 0 || data.size() > kMost) {
    return std::nullopt;
  }
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string out(data.size() + kAesBlock, '\0');
  int written = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex2(context.get(), cipher, bytes(key), iv.empty() ? nullptr : bytes(iv),
                         encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), bytes(out), &written, bytes(data),
                       static_cast<int>(data.size())) != 1 ||
      static_cast<std::size_t>(written) != data.size()) {
    return std::nullopt;
  }
  out.resize(data.size());
  return out;
}

bool isUsableBlock(unsigned block) { return block >= 1 && block <= 255; }

std::string pad(std::string_view data, unsigned block) {
  const std::size_t missing = block - data.size() % block;
  std::string out;
  out.reserve(data.size() + missing);
  out += data;
  out.append(missing, static_cast<char>(missing));
  return out;
}

/// Looks at every byte that could be padding, whatever the first ones say.
std::optional<std::string> unpad(std::string data, unsigned block) {
  const std::size_t size = data.size();
  const auto padding = static_cast<unsigned char>(data.back());
  unsigned wrong = padding == 0 || padding > block || padding > size ? 1u : 0u;
  for (std::size_t i = 0; i < block && i < size; ++i) {
    const unsigned inside = i < padding ? 0xFFu : 0u;
    wrong |= inside & (static_cast<unsigned char>(data[size - 1 - i]) ^ padding);
  }
  if (wrong != 0) return std::nullopt;
  data.resize(size - padding);
  return data;
}

constexpr std::array<std::int16_t, 256> kSextets = [] {
  std::array<std::int16_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int16_t>(i);
  }
  return table;
}();

}  // namespace

std::string digest(Hash hash, std::string_view data) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_DigestInit_ex2(context.get(), algorithm(hash), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1) {
    std::fputs("lianqiao: OpenSSL could not compute a digest\n", stderr);
    std::abort();
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hmac(Hash hash, std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (HMAC(algorithm(hash), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
           bytes(data), data.size(), out.data(), &size) == nullptr) {
    std::fputs("lianqiao: OpenSSL could not compute an HMAC\n", stderr);
    std::abort();
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

/// An HMAC (RFC 2104) is a digest over a digest: `outer` is the key's second block, empty where
/// there is no key.
struct DigestStream::State {
  explicit State(Hash of) : hash(of) {}

  void begin() {
    if (EVP_DigestInit_ex2(context.get(), algorithm(hash), nullptr) != 1) fail();
    add(inner);
  }
  void add(std::string_view piece) {
    if (EVP_DigestUpdate(context.get(), piece.data(), piece.size()) != 1) fail();
  }
  std::string end() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1) fail();
    return {reinterpret_cast<const char*>(out.data()), size};
  }
  [[noreturn]] static void fail() {
    std::fputs("lianqiao: OpenSSL could not compute a digest\n", stderr);
    std::abort();
  }

  const Hash hash;
  std::string inner;
  std::string outer;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free};
};

DigestStream::DigestStream(Hash hash) : state_(std::make_unique<State>(hash)) { state_->begin(); }

DigestStream::DigestStream(Hash hash, std::string_view key)
    : state_(std::make_unique<State>(hash)) {
  constexpr std::size_t kBlock = 64;  // of MD5, SHA-1, SHA-256 and SM3 alike
  std::string block = key.size() > kBlock ? digest(hash, key) : std::string(key);
  block.resize(kBlock, '\0');
  for (const char c : block) {
    state_->inner += static_cast<char>(c ^ 0x36);
    state_->outer += static_cast<char>(c ^ 0x5c);
  }
  state_->begin();
}

DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;
DigestStream::~DigestStream() = default;

void DigestStream::add(std::string_view piece) { state_->add(piece); }

std::string DigestStream::finish() {
  std::string whole = state_->end();
  if (!state_->outer.empty()) whole = digest(state_->hash, state_->outer + whole);
  state_->begin();
  return whole;
}

std::string hex(std::string_view data) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const char c : data) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15u];
  }
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hexDigit(text[i]);
    const int low = hexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string base64(std::string_view data) {
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return i + k < data.size() ? static_cast<unsigned char>(data[i + k]) : 0u;
    };
    const std::uint32_t group = at(0) << 16 | at(1) << 8 | at(2);
    out += kBase64[group >> 18];
    out += kBase64[(group >> 12) & 63u];
    out += i + 1 < data.size() ? kBase64[(group >> 6) & 63u] : '=';
    out += i + 2 < data.size() ? kBase64[group & 63u] : '=';
  }
  return out;
}

std::optional<std::string> unbase64(std::string_view text) {
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return std::nullopt;
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = kSextets[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    group = (group << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFu;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xFFu);
    }
  }
  return out;
}

bool equalConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string> aesCbcDecrypt(std::string_view key, std::string_view iv,
                                         std::string_view data, unsigned block) {
  if (iv.size() != kAesBlock || !isUsableBlock(block)) return std::nullopt;
  std::optional<std::string> padded = runAes(key, iv, data, false);
  return padded ? unpad(std::move(*padded), block) : std::nullopt;
}

std::optional<std::string> aesCbcEncrypt(std::string_view key, std::string_view iv,
                                         std::string_view data, unsigned block) {
  if (iv.size() != kAesBlock || !isUsableBlock(block)) return std::nullopt;
  return runAes(key, iv, pad(data, block), true);
}

std::optional<std::string> aesEcbDecrypt(std::string_view key, std::string_view data) {
  std::optional<std::string> padded = runAes(key, {}, data, false);
  return padded ? unpad(std::move(*padded), kAesBlock) : std::nullopt;
}

std::optional<std::string> aesEcbEncrypt(std::string_view key, std::string_view data) {
  return runAes(key, {}, pad(data, kAesBlock), true);
}

}  // namespace lianqiao
