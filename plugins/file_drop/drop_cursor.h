#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::file_drop {

/// Where a drop folder stands, as the gateway stores it: how far the file under way was read, and
/// what was said of files that are not read.
struct DropCursor {
  std::string claim;
  std::string digest;      ///< Of the file that `rows` counts in.
  std::uint64_t rows = 0;  ///< Items that are durable.
  bool failed = false;     ///< The last of them says that the file cannot be read.

  std::string unread;     ///< Mark of the list that was last reported; empty: of none.
  std::string exception;  ///< The exception that shows it; empty until the gateway has named it.
  std::string outdated;   ///< The exception before it, which is still to be closed.

  /// What cannot be understood counts as nothing: rows come again, and are known then.
  static DropCursor parse(std::string_view text);
  /// Empty where there is nothing to say.
  [[nodiscard]] std::string text() const;
  bool operator==(const DropCursor&) const = default;
};

}  // namespace lianqiao::file_drop
