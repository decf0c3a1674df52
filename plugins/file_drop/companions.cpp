#include "file_drop/companions.h"

#include <algorithm>
#include <stdexcept>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kName = "{name}";
constexpr std::string_view kStem = "{stem}";
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kMd5Digits = 32;

Error unusable(std::string_view what) {
  return Error{codes::kBadFile,
               std::string(what) +
                   "; it must be a JSON object with rows, bytes, sha256 or md5, or a line of "
                   "sha256sum or md5sum"};
}

std::optional<std::string> hexOf(std::string_view text, std::size_t digits) {
  const auto isHex = [](char c) { return hexDigit(c) >= 0; };
  if (text.size() != digits || !std::all_of(text.begin(), text.end(), isHex)) return std::nullopt;
  return lowered(text);
}

Result<void> takeNumber(const json::Value& root, std::string_view name,
                        std::optional<std::uint64_t>& number) {
  const json::Value* value = root.find(name);
  if (value == nullptr) return {};
  const auto integer = value->integer();
  if (!integer || *integer < 0) return unusable(std::string(name) + " is no count");
  number = static_cast<std::uint64_t>(*integer);
  return {};
}

Result<void> takeDigest(const json::Value& root, std::string_view name, std::size_t digits,
                        std::string& digest) {
  const json::Value* value = root.find(name);
  if (value == nullptr) return {};
  const auto hex = value->isString() ? hexOf(value->text(), digits) : std::nullopt;
  if (!hex)
    return unusable(std::string(name) + " is no digest of " + std::to_string(digits) +
                    " hexadecimal digits");
  digest = *hex;
  return {};
}

Result<Manifest> fromJson(std::string_view text) {
  json::Document document;
  if (!json::parse(text, document) || !document.root.isObject()) return unusable("is no JSON");
  const json::Value& root = document.root;
  Manifest manifest;
  for (const auto& taken :
       {takeNumber(root, "rows", manifest.rows), takeNumber(root, "bytes", manifest.bytes),
        takeDigest(root, "sha256", kSha256Digits, manifest.sha256),
        takeDigest(root, "md5", kMd5Digits, manifest.md5)}) {
    if (!taken) return taken.error();
  }
  if (!manifest.rows && !manifest.bytes && manifest.sha256.empty() && manifest.md5.empty())
    return unusable("says nothing of the ledger");
  return manifest;
}

Result<Manifest> fromSumLine(std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n*"));
  Manifest manifest;
  if (const auto sha256 = hexOf(word, kSha256Digits)) {
    manifest.sha256 = *sha256;
  } else if (const auto md5 = hexOf(word, kMd5Digits)) {
    manifest.md5 = *md5;
  } else {
    return unusable("cannot be read");
  }
  return manifest;
}

}  // namespace

CompanionName::CompanionName(std::string_view setting, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    throw std::invalid_argument(std::string(setting) + " " + std::string(text) + " " +
                                std::string(why) + "; write an ending such as .ok, or {stem}.ok");
  };
  if (text.find('/') != std::string_view::npos) refuse("holds a \"/\"");
  const std::size_t name = text.find(kName);
  const std::size_t stem = text.find(kStem);
  const std::size_t at = std::min(name, stem);
  by_ = at == stem && stem != std::string_view::npos ? By::stem : By::name;
  before_ = at == std::string_view::npos ? "" : text.substr(0, at);
  after_ = at == std::string_view::npos ? text : text.substr(at + kName.size());
  if (after_.find('{') != std::string::npos) refuse("names the ledger twice");
  if (before_.empty() && after_.empty()) refuse("is the ledger's own name");
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest) refuse("is longer than 64 bytes");
}

std::string CompanionName::of(const std::string& ledger) const {
  const std::string base = byStem() ? std::filesystem::path(ledger).stem().native() : ledger;
  return before_ + base + after_;
}

std::optional<std::string> CompanionName::ledgerOf(const std::string& name) const {
  if (empty() || name.size() <= before_.size() + after_.size()) return std::nullopt;
  if (!name.starts_with(before_) || !name.ends_with(after_)) return std::nullopt;
  return name.substr(before_.size(), name.size() - before_.size() - after_.size());
}

Result<Manifest> readManifest(const Fd& file) {
  const auto state = stateOf(file);
  if (!state) return state.error();
  if (!state->isFile()) return unusable("is no file");
  if (state->size > kLargestManifest) return unusable("is larger than 64 KiB");
  std::string bytes(static_cast<std::size_t>(state->size), '\0');
  const auto n = readAt(file, 0, bytes);
  if (!n) return n.error();
  bytes.resize(*n);
  const std::string_view text = trim(bytes);
  return text.starts_with('{') ? fromJson(text) : fromSumLine(text);
}

std::string differenceFrom(const Manifest& manifest, std::uint64_t rows, std::uint64_t bytes,
                           std::string_view sha256, std::string_view md5) {
  if (manifest.bytes && *manifest.bytes != bytes)
    return "has " + std::to_string(bytes) + " bytes, its manifest says " +
           std::to_string(*manifest.bytes);
  if (!manifest.sha256.empty() && manifest.sha256 != sha256)
    return "has not the SHA-256 that its manifest says";
  if (!manifest.md5.empty() && manifest.md5 != md5) return "has not the MD5 that its manifest says";
  if (manifest.rows && *manifest.rows != rows)
    return "has " + std::to_string(rows) + " rows, its manifest says " +
           std::to_string(*manifest.rows);
  return {};
}

}  // namespace lianqiao::file_drop
