#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Hashes, MACs, ciphers and their texts, over OpenSSL. All functions are thread-safe.
namespace lianqiao {

enum class Hash : std::uint8_t { md5, sha1, sha256, sm3 };

/// Raw digest bytes.
std::string digest(Hash hash, std::string_view data);
std::string hmac(Hash hash, std::string_view key, std::string_view data);

/// The digest or MAC of what comes in pieces and is never whole in memory. One thread at a time.
class DigestStream {
 public:
  explicit DigestStream(Hash hash);
  /// hmac() under `key`.
  DigestStream(Hash hash, std::string_view key);
  DigestStream(DigestStream&&) noexcept;
  DigestStream& operator=(DigestStream&&) noexcept;
  ~DigestStream();

  void add(std::string_view piece);
  /// Raw bytes, as of all pieces in one text. It then begins anew.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hex(std::string_view bytes);                  ///< Lower case.
std::optional<std::string> unhex(std::string_view text);  ///< Either case.
std::string base64(std::string_view bytes);               ///< With padding.
/// Standard alphabet, padding optional, non-zero trailing bits accepted (legal EncodingAESKeys have
/// them: protocols §3.1-4); anything else is nullopt.
std::optional<std::string> unbase64(std::string_view text);

/// Compares without telling by its time where they differ.
bool equalConstantTime(std::string_view a, std::string_view b);

/// AES with PKCS#7 removed or added by `block` bytes (16; WeChat uses 32). nullopt on a bad key
/// length, length or padding; no detail, so that no padding oracle arises.
std::optional<std::string> aesCbcDecrypt(std::string_view key, std::string_view iv,
                                         std::string_view data, unsigned block);
std::optional<std::string> aesCbcEncrypt(std::string_view key, std::string_view iv,
                                         std::string_view data, unsigned block);
std::optional<std::string> aesEcbDecrypt(std::string_view key, std::string_view data);
std::optional<std::string> aesEcbEncrypt(std::string_view key, std::string_view data);

}  // namespace lianqiao
