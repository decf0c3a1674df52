#include "lianqiao/counterpart.h"

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao {
namespace {

constexpr std::size_t kTaken = 8;  // bytes of a SHA-256

/// A text that ends where its number says, whatever stands in it.
void append(std::string_view text, std::string& out) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
  out += ',';
}

Error unsupported(std::string_view call) {
  return {codes::kReconcileUnsupported,
          "The adapter offers no " + std::string(call) + " in its role counterpart."};
}

}  // namespace

std::string heldContent(std::span<const std::string> fields) {
  std::string all;
  for (const std::string& field : fields) append(field, all);
  return hex(digest(Hash::sha256, all).substr(0, kTaken));
}

std::uint64_t heldHash(std::string_view id, std::string_view revision, std::string_view content) {
  std::string all;
  append(id, all);
  append(revision, all);
  append(content, all);
  const std::string whole = digest(Hash::sha256, all);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < kTaken; ++i) hash = hash << 8U | static_cast<std::uint8_t>(whole[i]);
  return hash;
}

std::uint8_t heldBucket(std::string_view id) {
  return static_cast<std::uint8_t>(digest(Hash::sha256, id).front());
}

Result<HeldSummary> Counterpart::summary(const HeldQuery&, Deadline) {
  return unsupported("summary");
}

Result<std::vector<HeldSum>> Counterpart::buckets(const HeldQuery&, std::string_view, Deadline) {
  return unsupported("buckets");
}

Result<HeldPage> Counterpart::listBuckets(const HeldQuery&, std::string_view,
                                          std::span<const std::uint8_t>, std::string_view,
                                          Deadline) {
  return unsupported("list of buckets");
}

Result<std::vector<RawItem>> Counterpart::fetch(const HeldQuery&, std::span<const std::string>,
                                                Deadline) {
  return unsupported("fetch");
}

}  // namespace lianqiao
