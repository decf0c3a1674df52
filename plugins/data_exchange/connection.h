#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/adapter.h"

namespace lianqiao::data_exchange {

/// Where the secret that signs business calls comes from (protocols §2.1, §2.2).
enum class KeyRefresh : std::uint8_t {
  none,        ///< Given in the settings.
  appkey,      ///< Fetched with the appkey, kept until its end.
  every_call,  ///< Fetched with the appkey before each call (older flow of gjzwfwpt).
};

/// One interface of the platform. Where a scheme has service ids, each interface has its own.
struct Service {
  /// Records of this type go here; empty: all for which no other service stands.
  std::string type;
  std::string id;    ///< sid; empty where the scheme has none.
  std::string path;  ///< Begins with '/'.
};

/// What sink, source and mock must agree on. Plain data.
struct Connection {
  std::string url;  ///< Without a trailing slash.
  Scheme scheme = Scheme::gjgxjhpt;
  std::string id;
  Secret secret;
  Secret appkey;
  KeyRefresh refresh = KeyRefresh::none;
  std::string refreshPath;
  std::chrono::milliseconds refreshEarly{0};
  std::vector<std::pair<std::string, std::string>> headers;
  bool lowerKeys = false;  ///< Names of body members go out in lower case (§2.2).
};

/// Each throws std::invalid_argument, with the remedy, where settings contradict each other: for
/// the adapter's factories only.
Connection connectionOf(const Settings& settings);
/// By type; the last one takes what no other does.
std::vector<Service> servicesOf(const Settings& settings);
/// The paged query; nullopt where nothing is polled.
std::optional<Service> queryServiceOf(const Settings& settings);

}  // namespace lianqiao::data_exchange
