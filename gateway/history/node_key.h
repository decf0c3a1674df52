#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/digest.h"
#include "lianqiao/result.h"

namespace lianqiao::history {

/// The secret of a store: numbers of persons are found by what it makes of them, and what holds
/// such a number and must stand in a column is sealed with it. For one thread at a time; seal() and
/// unseal() for any.
class NodeKey {
 public:
  /// Reads `file`, 64 hexadecimal digits, mode 600; makes it where it is not there and the store
  /// is `fresh`. Fails with history.unavailable: also where others can read it, or it is damaged.
  static Result<std::string> secretIn(const std::filesystem::path& file, bool fresh);
  /// REQUIRES: 32 bytes.
  explicit NodeKey(const std::string& secret);

  /// Tells this key from others and nothing of it: 16 hexadecimal digits.
  [[nodiscard]] const std::string& check() const { return check_; }
  /// HMAC-SHA256 of it, cut to 64 bits.
  [[nodiscard]] std::uint64_t digest(std::string_view text);
  /// Of four characters; those of digits are made once.
  [[nodiscard]] std::uint64_t tailDigest(std::string_view tail);

  [[nodiscard]] std::string seal(std::string_view text) const;
  /// Nothing for what another key has sealed.
  [[nodiscard]] std::optional<std::string> unseal(std::string_view sealed) const;

 private:
  std::string check_;
  DigestStream numbers_;
  std::string sealing_;
  std::vector<std::uint64_t> tails_;
};

}  // namespace lianqiao::history
