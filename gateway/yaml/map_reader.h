#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/scalar.h"
#include "yaml/yaml_node.h"

namespace lianqiao::yaml {

/// Every time that somebody waits.
inline constexpr Range<std::chrono::milliseconds> kPatience{std::chrono::milliseconds(1),
                                                            std::chrono::hours(24)};

/// Reads one map key by key into plain fields. A key that is absent leaves its field at the
/// default; a wrong value leaves it too and adds a finding. finish() adds one for every key that
/// nobody asked for. For one stack frame; `map` must outlive it.
class MapReader {
 public:
  /// nullptr and null are an empty map; anything else that is no map is a finding.
  MapReader(const YamlNode* map, Findings& findings);

  /// The value of `key`, or nullptr. Either way `key` is known from now on.
  const YamlNode* take(std::string_view key);
  /// As take(), and a finding at `owner` when it is absent.
  const YamlNode* require(std::string_view key, const YamlNode& owner, std::string remedy);

  void text(std::string_view key, std::string& target);
  void name(std::string_view key, std::string& target);
  void zone(std::string_view key, std::string& target);
  void boolean(std::string_view key, bool& target);
  void duration(std::string_view key, milliseconds& target,
                Range<milliseconds> range = kAnyDuration);
  void size(std::string_view key, std::size_t& target, Range<std::int64_t> range = kAnySize);
  void decimal(std::string_view key, double& target, Range<double> range);
  void rate(std::string_view key, double& perSecond);
  void names(std::string_view key, std::vector<std::string>& target);
  /// Relative paths are below `directory`.
  void path(std::string_view key, const std::filesystem::path& directory,
            std::filesystem::path& target);
  /// As path(); a finding when there is no such file, or it holds nothing of the kind (one of those
  /// below).
  void pem(std::string_view key, const std::filesystem::path& directory, std::string_view kind,
           std::filesystem::path& target);
  /// The index of the choice, or -1 when it is absent or wrong.
  int choice(std::string_view key, std::span<const std::string_view> choices);

  template <std::integral T>
  void integer(std::string_view key, T& target, Range<std::int64_t> range) {
    if (const YamlNode* node = take(key)) {
      if (const auto value = readInteger(*node, range, findings_)) target = static_cast<T>(*value);
    }
  }

  void finish();

 private:
  template <typename T, typename Parse>
  void parsed(std::string_view key, T& target, Parse parse);

  const YamlNode* map_ = nullptr;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

/// What the begin line of a PEM file ends with.
inline constexpr std::string_view kCertificate = "CERTIFICATE-----";
inline constexpr std::string_view kPrivateKey = "PRIVATE KEY-----";

/// A finding at the key of `entry` instead of at its value.
Finding findingAtKey(const YamlNode::Entry& entry, std::string message, std::string remedy);

/// A list of names (see parseName), each at most once; what is wrong becomes findings and is left
/// out.
std::vector<std::string> readNames(const YamlNode& node, Findings& findings);

}  // namespace lianqiao::yaml
