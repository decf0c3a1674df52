#include "file_drop/output_manifest.h"

#include <optional>
#include <string_view>

#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kBlock = 256u << 10;

}  // namespace

OutputManifest::OutputManifest(const DropSettings& settings)
    : name_(settings.outputManifest), sm3_(settings.outputSm3), key_(settings.outputKey) {}

Result<std::string> OutputManifest::textFor(const std::string& file, const Fd& content,
                                            std::size_t records) const {
  const Hash hash = sm3_ ? Hash::sm3 : Hash::sha256;
  DigestStream digest(hash);
  std::optional<DigestStream> mac;
  if (!key_.empty()) mac.emplace(hash, key_.reveal());
  std::string block(kBlock, '\0');
  std::uint64_t bytes = 0;
  for (;;) {
    const auto n = readAt(content, bytes, block);
    if (!n) return n.error();
    if (*n == 0) break;
    const std::string_view piece(block.data(), *n);
    digest.add(piece);
    if (mac) mac->add(piece);
    bytes += *n;
  }
  std::string text = "{\"file\":";
  json::writeText(file, text);
  text += ",\"rows\":" + std::to_string(records) + ",\"bytes\":" + std::to_string(bytes);
  text += (sm3_ ? ",\"sm3\":\"" : ",\"sha256\":\"") + hex(digest.finish()) + '"';
  if (mac) text += ",\"hmac\":\"" + hex(mac->finish()) + '"';
  return text + "}\n";
}

}  // namespace lianqiao::file_drop
