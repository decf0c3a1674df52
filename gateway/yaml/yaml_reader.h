#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/yaml_node.h"

namespace lianqiao::yaml {

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

  /// What could be read for the sake of further findings.
  struct Look {
    std::optional<YamlNode> root;
    bool whole = false;  ///< Nothing was found: the file may be used.
  };

  /// `displayName` is what findings call the file. nullopt: at least one finding was added.
  static std::optional<YamlNode> readFile(const std::filesystem::path& path,
                                          const std::string& displayName, Findings& findings);
  static std::optional<YamlNode> readText(std::string_view text, const std::string& displayName,
                                          Findings& findings);
  /// The same, but goes on where it is plain what was meant: slips of the keyboard are mended,
  /// tags and anchors left out, the first of a key that stands twice counts. So that one of them
  /// hides nothing of the same file. Where nothing more can be told `root` is nullopt.
  static Look lookAtFile(const std::filesystem::path& path, const std::string& displayName,
                         Findings& findings);
  static Look lookAtText(std::string_view text, const std::string& displayName, Findings& findings);

 private:
  class Builder;
};

}  // namespace lianqiao::yaml
