#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace lianqiao::history {

/// What a store is made with.
struct StoreSettings {
  /// Of the key, and of a store in files; made where it is not there, mode 700.
  std::filesystem::path folder;
  /// Record type → class. Types that are not named, and exceptions, are `records`.
  std::map<std::string, std::string, std::less<>> kinds;
  /// Class → how long after its end a month is kept. Classes that are not named: for ever.
  std::map<std::string, std::chrono::milliseconds, std::less<>> retention;
  /// How long after its month's end it is kept what was sent; 0: not at all.
  std::chrono::milliseconds sent = std::chrono::hours(24 * 90);
  bool words = false;     ///< Texts are indexed, by two characters.
  int zoneMinutes = 480;  ///< East of UTC: where a day begins.

  std::filesystem::path key;  ///< Its file; empty: `key` in the folder.

  // Of a store on a server.
  std::string url;
  std::string password;
  std::string schema = "lianqiao";
};

inline constexpr std::string_view kDefaultKind = "records";

}  // namespace lianqiao::history
