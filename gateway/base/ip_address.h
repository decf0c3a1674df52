#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lianqiao::base {

/// An address of IPv4 or IPv6, without a scope. IPv4 is kept in its mapped form (::ffff:a.b.c.d),
/// so that both spellings of one address are equal.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static IpAddress ofV4(const std::array<std::uint8_t, 4>& bytes);
  /// "10.0.0.1", "2001:db8::1", "[2001:db8::1]", each with or without ":port".
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool isV4() const;
  [[nodiscard]] std::string text() const;
  bool operator==(const IpAddress&) const = default;
};

/// The addresses that begin with the same bits.
struct IpNetwork {
  IpAddress address;
  unsigned bits = 128;  ///< Of the 16 bytes: 96 more than written for IPv4.

  /// "10.0.0.0/8", "2001:db8::/32", or one address. nullopt also where bits behind the prefix are
  /// set.
  static std::optional<IpNetwork> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& other) const;
};

/// What one caller is counted by: an IPv4 address, or the /64 that one subscriber of IPv6 has.
IpAddress callerOf(IpAddress address);

struct IpHash {
  std::size_t operator()(const IpAddress& address) const;
};

}  // namespace lianqiao::base
