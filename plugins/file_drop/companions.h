#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "file_drop/posix_file.h"

/// What a sender puts beside a ledger when it is complete: a marker, which only has to be there,
/// and a manifest, which says what the ledger must be.
namespace lianqiao::file_drop {

/// The names of such files: a text with `{name}` (the ledger's whole name) or `{stem}` (without its
/// extension). A text with neither is an ending: ".ok" is "{name}.ok".
class CompanionName {
 public:
  CompanionName() = default;
  /// Throws std::invalid_argument, with the remedy, where the text can name no file.
  CompanionName(std::string_view setting, std::string_view text);

  [[nodiscard]] bool empty() const { return !by_; }
  /// The companion of a ledger.
  [[nodiscard]] std::string of(const std::string& ledger) const;
  /// What `name` would be the companion of: a ledger's name or its stem. nullopt: it is none.
  [[nodiscard]] std::optional<std::string> ledgerOf(const std::string& name) const;
  [[nodiscard]] bool byStem() const { return by_ && *by_ == By::stem; }
  [[nodiscard]] const std::string& ending() const { return after_; }

 private:
  enum class By { name, stem };
  std::optional<By> by_;
  std::string before_;
  std::string after_;
};

/// What a manifest says.
struct Manifest {
  std::optional<std::uint64_t> rows;
  std::optional<std::uint64_t> bytes;
  std::string sha256;  ///< Lower-case hex, or empty.
  std::string md5;
};

constexpr std::uint64_t kLargestManifest = 64u << 10;

/// Reads a JSON object with one or more of rows, bytes, sha256, md5, or a line of sha256sum or
/// md5sum. Fails with decode.file where it says none of them, in words that follow on its name.
Result<Manifest> readManifest(const Fd& file);

/// How a ledger differs from its manifest, in words that follow on the ledger's name; empty when it
/// does not.
std::string differenceFrom(const Manifest& manifest, std::uint64_t rows, std::uint64_t bytes,
                           std::string_view sha256, std::string_view md5);

}  // namespace lianqiao::file_drop
