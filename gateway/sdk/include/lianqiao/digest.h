#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Hashes, MACs, ciphers and their texts, over OpenSSL. All functions are thread-safe.
namespace lianqiao {

enum class Hash : std::uint8_t { md5, sha1, sha256, sm3 };

/// Raw digest bytes.
std::string digest(Hash hash, std::string_view data);
std::string hmac(Hash hash, std::string_view key, std::string_view data);

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
