#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// One thing in a drop folder that is not read.
struct Unread {
  std::string name;  ///< As people call it.
  std::string why;   ///< In words that follow on the name.
  bool operator==(const Unread&) const = default;
};

/// What lies in a drop folder and is not read. All of it shares one exception, which is raised anew
/// when the list changes and closed when it is empty. Bounded: some are named, all are counted.
class UnreadList {
 public:
  static constexpr std::size_t kMostNamed = 20;

  void add(Unread one);
  [[nodiscard]] bool empty() const { return total_ == 0; }
  [[nodiscard]] std::size_t total() const { return total_; }
  /// The same for the same list; empty for an empty one.
  [[nodiscard]] std::string mark() const;
  /// For `lianqiao status`: begins with the origin of item(), by which the two are known to be one.
  [[nodiscard]] std::string note(const std::filesystem::path& folder) const;
  /// The item that is quarantined. `patterns` are the names that would be taken.
  [[nodiscard]] RawItem item(const std::filesystem::path& folder,
                             const std::vector<std::string>& patterns) const;

 private:
  [[nodiscard]] std::string sentence(std::size_t most) const;

  std::vector<Unread> named_;  ///< The first by name.
  std::size_t total_ = 0;
};

}  // namespace lianqiao::file_drop
