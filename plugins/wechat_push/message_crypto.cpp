#include "wechat_push/message_crypto.h"

#include <algorithm>
#include <vector>

namespace lianqiao::wechat_push {
namespace {

constexpr unsigned kBlock = 32;
constexpr std::size_t kRandom = 16;
constexpr std::size_t kLength = 4;

}  // namespace

std::string pushSignature(std::initializer_list<std::string_view> parts) {
  std::vector<std::string_view> sorted(parts);
  std::sort(sorted.begin(), sorted.end());
  std::string joined;
  for (const std::string_view part : sorted) joined += part;
  return hex(digest(Hash::sha1, joined));
}

std::string encryptedText(std::string_view body) {
  const auto behind = [&body](std::string_view word) {
    const std::size_t at = body.find(word);
    if (at == body.npos) return false;
    body = trim(body.substr(at + word.size()));
    return true;
  };
  if (trim(body).starts_with('<') || body.starts_with("\xEF\xBB\xBF<")) {
    if (!behind("<Encrypt>")) return {};
    constexpr std::string_view kPlain = "<![CDATA[";
    const bool plain = body.starts_with(kPlain);
    if (plain) body.remove_prefix(kPlain.size());
    return std::string(trim(body.substr(0, body.find(plain ? "]]>" : "<"))));
  }
  if (!behind("\"Encrypt\"") || !behind(":") || !behind("\"")) return {};
  std::string text(body.substr(0, body.find('"')));
  std::erase(text, '\\');  // Base64 has no other escape in JSON than that of its slash
  return text;
}

std::optional<std::string> messageKey(std::string_view encodingAesKey) {
  if (encodingAesKey.size() != 43) return std::nullopt;
  auto key = unbase64(std::string(encodingAesKey) + "=");
  if (!key || key->size() != 32) return std::nullopt;
  return key;
}

std::optional<std::string> decryptMessage(std::string_view key, std::string_view encrypted,
                                          std::string_view id) {
  const auto bytes = unbase64(encrypted);
  if (!bytes || bytes->empty()) return std::nullopt;
  const auto plain = aesCbcDecrypt(key, key.substr(0, 16), *bytes, kBlock);
  if (!plain || plain->size() < kRandom + kLength) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i)
    length = length << 8 | static_cast<unsigned char>((*plain)[kRandom + i]);
  const std::string_view rest = std::string_view(*plain).substr(kRandom + kLength);
  if (length > rest.size() || rest.substr(length) != id) return std::nullopt;
  return std::string(rest.substr(0, length));
}

std::string encryptMessage(std::string_view key, std::string_view random, std::string_view message,
                           std::string_view id) {
  std::string plain(random.substr(0, kRandom));
  for (int shift = 24; shift >= 0; shift -= 8)
    plain += static_cast<char>(message.size() >> shift & 0xFF);
  plain += message;
  plain += id;
  return base64(aesCbcEncrypt(key, key.substr(0, 16), plain, kBlock).value_or(std::string()));
}

}  // namespace lianqiao::wechat_push
