#include "record/fingerprint.h"

#include "lianqiao/digest.h"

namespace lianqiao::record {

std::string fingerprint(std::string_view type, std::string_view key, const json::Value& content,
                        std::string& buffer) {
  return "2:" + formerFingerprint(type, key, content, buffer);
}

std::string formerFingerprint(std::string_view type, std::string_view key, const json::Value& data,
                              std::string& buffer) {
  buffer.clear();
  // As JSON texts, so that no key can run into its neighbour.
  json::writeText(type, buffer);
  json::writeText(key, buffer);
  json::writeCanonical(data, buffer);
  return hex(digest(Hash::sha256, buffer));
}

}  // namespace lianqiao::record
