#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "config/node.h"

namespace lianqiao::config {

/// Reads one YAML file into Nodes and refuses whatever YAML can mean in two ways: duplicate keys,
/// several documents, anchors, aliases and merge keys, tags other than !!str, keys that are no
/// text, tabs in indentation, bytes that are not UTF-8, control characters. Bounded in size, depth
/// and number of nodes, so that no file can exhaust memory or stack. Thread-safe: holds nothing.
///
/// Scalars keep their text and whether they were quoted; only plain `~`, `null` and nothing at all
/// are null. Columns count characters, as editors do.
class YamlReader {
 public:
  static constexpr std::size_t kMostBytes = 1u << 20;
  static constexpr std::size_t kMostDepth = 32;
  static constexpr std::size_t kMostNodes = 100'000;
  static constexpr std::size_t kMostKeyBytes = 256;

  /// `displayName` is what findings call the file. nullopt: at least one finding was added.
  static std::optional<Node> readFile(const std::filesystem::path& path,
                                      const std::string& displayName, Findings& findings);
  static std::optional<Node> readText(std::string_view text, const std::string& displayName,
                                      Findings& findings);

 private:
  class Builder;
};

}  // namespace lianqiao::config
