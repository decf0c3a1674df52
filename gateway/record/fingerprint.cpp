#include "record/fingerprint.h"

#include "lianqiao/digest.h"

namespace lianqiao::record {
namespace {

/// As JSON texts, so that no key can run into its neighbour.
void writeParts(std::string_view type, std::string_view key, const json::Value& data,
                std::string& buffer) {
  buffer.clear();
  json::writeText(type, buffer);
  json::writeText(key, buffer);
  json::writeCanonical(data, buffer);
}

}  // namespace

std::string fingerprint(std::string_view type, std::string_view key, const Content& content,
                        std::string& buffer) {
  writeParts(type, key, content.data, buffer);
  if (!content.time.empty()) json::writeText(content.time, buffer);
  if (content.priority == Priority::high) buffer += "high";
  return "2:" + hex(digest(Hash::sha256, buffer));
}

std::string formerFingerprint(std::string_view type, std::string_view key, const json::Value& data,
                              std::string& buffer) {
  writeParts(type, key, data, buffer);
  return hex(digest(Hash::sha256, buffer));
}

}  // namespace lianqiao::record
