#include "yaml/scalar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/yaml/reading.h"

namespace lianqiao::yaml {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// "message; remedy" of a value that is none, or "taken".
template <typename T>
std::string whyNot(const Reading<T>& reading) {
  const BadValue* why = std::get_if<BadValue>(&reading);
  return why == nullptr ? "taken" : why->message + "; " + why->remedy;
}

TEST(Scalar, TakesOnlyTrueAndFalseForBooleans) {
  EXPECT_TRUE(std::get<bool>(parseBoolean("true")));
  EXPECT_FALSE(std::get<bool>(parseBoolean("false")));
  for (const char* yes : {"yes", "Yes", "on", "y", "True", "TRUE", "1"}) {
    EXPECT_EQ(whyNot(parseBoolean(yes)),
              "'" + std::string(yes) + "' is neither true nor false; write true");
  }
  for (const char* no : {"no", "NO", "off", "n", "False", "0"}) {
    EXPECT_EQ(whyNot(parseBoolean(no)),
              "'" + std::string(no) + "' is neither true nor false; write false");
  }
  EXPECT_EQ(whyNot(parseBoolean("maybe")),
            "'maybe' is neither true nor false; write true or false");
}

TEST(Scalar, TakesPlainDecimalIntegersOnly) {
  EXPECT_EQ(std::get<std::int64_t>(parseInteger("0")), 0);
  EXPECT_EQ(std::get<std::int64_t>(parseInteger("-42")), -42);
  EXPECT_EQ(std::get<std::int64_t>(parseInteger("9223372036854775807")), 9223372036854775807);
  EXPECT_EQ(whyNot(parseInteger("010")),
            "'010' begins with a zero, which some take for octal; write 10");
  EXPECT_EQ(whyNot(parseInteger("-007")),
            "'-007' begins with a zero, which some take for octal; write -7");
  EXPECT_EQ(whyNot(parseInteger("0x1F")),
            "'0x1F' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("0o17")),
            "'0o17' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("1_000")), "'1_000' is not a whole decimal number; write 1000");
  EXPECT_EQ(whyNot(parseInteger("1,000")), "'1,000' is not a whole decimal number; write 1000");
  EXPECT_EQ(whyNot(parseInteger("+5")), "'+5' is not a whole decimal number; write 5");
  EXPECT_EQ(whyNot(parseInteger("1e3")), "'1e3' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("1.0")), "'1.0' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("5０")), "'5０' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("-")), "'-' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("")), "'' is not a whole decimal number; write digits only");
  EXPECT_EQ(whyNot(parseInteger("70000", {1, 65535})), "'70000' is out of range; write 1 to 65535");
  EXPECT_EQ(whyNot(parseInteger("99999999999999999999", {1, 9})),
            "'99999999999999999999' is out of range; write 1 to 9");
}

TEST(Scalar, TakesDecimals) {
  EXPECT_DOUBLE_EQ(std::get<double>(parseDecimal("1.5", {1, 2})), 1.5);
  EXPECT_DOUBLE_EQ(std::get<double>(parseDecimal("2", {1, 2})), 2);
  EXPECT_EQ(whyNot(parseDecimal("3", {1, 2.5})), "'3' is out of range; write 1 to 2.5");
  for (const char* bad : {"", ".5", "1.", "1e3", "01.5", "inf", "nan", "-1", "1.5.2", "1,5"}) {
    EXPECT_EQ(whyNot(parseDecimal(bad, {0, 9})),
              "'" + std::string(bad) + "' is not a decimal number; write it as in 2 or 1.5");
  }
}

TEST(Scalar, TakesDurationsWithTheirUnit) {
  EXPECT_EQ(std::get<milliseconds>(parseDuration("500ms")), 500ms);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("30s")), 30s);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("5m")), 5min);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("5 min")), 5min);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("2h")), 2h);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("7d")), 7 * 24h);
  EXPECT_EQ(std::get<milliseconds>(parseDuration("0s")), 0s);
  EXPECT_EQ(whyNot(parseDuration("30")),
            "'30' has no unit of time; write 30s for seconds, or use ms, m, h, d");
  const std::string how =
      " is not a duration; write a whole number and its unit, as in 500ms, 30s, 5m, 2h, 7d";
  for (const char* bad :
       {"", "s", "1.5h", "-5s", "010s", "5 weeks", "5M", "1h30m", "99999999999999999999s"}) {
    EXPECT_EQ(whyNot(parseDuration(bad)), "'" + std::string(bad) + "'" + how);
  }
  EXPECT_EQ(whyNot(parseDuration("9000000000000000d")),
            "'9000000000000000d' is out of range; write 0ms to 3650d");
  EXPECT_EQ(whyNot(parseDuration("1s", {1min, 90min})), "'1s' is out of range; write 1m to 90m");
}

TEST(Scalar, TakesSizesInBinaryUnits) {
  EXPECT_EQ(std::get<std::int64_t>(parseSize("1000")), 1000);
  EXPECT_EQ(std::get<std::int64_t>(parseSize("64 KiB")), 65536);
  EXPECT_EQ(std::get<std::int64_t>(parseSize("16MiB")), 16 << 20);
  EXPECT_EQ(std::get<std::int64_t>(parseSize("2 GiB")), std::int64_t{2} << 30);
  EXPECT_EQ(whyNot(parseSize("16MB")), "'16MB' is not a size; write 16 MiB");
  EXPECT_EQ(whyNot(parseSize("64k")), "'64k' is not a size; write 64 KiB");
  EXPECT_EQ(whyNot(parseSize("64 kib")), "'64 kib' is not a size; write 64 KiB");
  EXPECT_EQ(whyNot(parseSize("1.5 MiB")),
            "'1.5 MiB' is not a size; write bytes as in 1000, or with a unit as in 64 KiB, 16 MiB");
  EXPECT_EQ(whyNot(parseSize("9999999 TiB")),
            "'9999999 TiB' is out of range; write 0 B to 1024 TiB");
  EXPECT_EQ(whyNot(parseSize("1", {1024, 1 << 20})), "'1' is out of range; write 1 KiB to 1 MiB");
}

TEST(Scalar, TakesRatesPerUnitOfTime) {
  EXPECT_DOUBLE_EQ(std::get<double>(parseRate("50/s")), 50);
  EXPECT_DOUBLE_EQ(std::get<double>(parseRate("0.5/s")), 0.5);
  EXPECT_DOUBLE_EQ(std::get<double>(parseRate("120 / min")), 2);
  EXPECT_DOUBLE_EQ(std::get<double>(parseRate("7200/h")), 2);
  for (const char* bad : {"50", "50/d", "/s", "fast/s", "-1/s", "50/"}) {
    EXPECT_EQ(whyNot(parseRate(bad)),
              "'" + std::string(bad) +
                  "' is not a rate; write a number per unit of time, as in 50/s, "
                  "100/min, 1000/h");
  }
  EXPECT_EQ(whyNot(parseRate("0/s")),
            "'0/s' would let nothing pass; leave the key out for no limit");
}

TEST(Scalar, SuggestsANearChoiceOrAll) {
  static constexpr std::string_view kChoices[] = {"always", "everysec"};
  EXPECT_EQ(std::get<std::string>(parseChoice("always", kChoices)), "always");
  EXPECT_EQ(whyNot(parseChoice("allways", kChoices)),
            "'allways' is not a choice here; did you mean 'always'?");
  EXPECT_EQ(whyNot(parseChoice("sometimes", kChoices)),
            "'sometimes' is not a choice here; one of always, everysec");
}

TEST(Scalar, TakesUrlsWithoutCredentialsAndNeverShowsThem) {
  for (const char* good :
       {"http://a", "https://a.example:8443/x?y=1#z", "http://[::1]:80/", "https://10.0.0.1"}) {
    EXPECT_EQ(whyNot(parseUrl(good, kWebSchemes)), "taken") << good;
  }
  const std::string scheme =
      "this is not a URL that can be used here; begin it with http:// or https://";
  for (const char* bad : {"", "a.example", "ftp://a", "http:/a", "HTTP://a", "://a"}) {
    EXPECT_EQ(whyNot(parseUrl(bad, kWebSchemes)), scheme) << bad;
  }
  EXPECT_EQ(whyNot(parseUrl("http://", kWebSchemes)),
            "the URL names no host; write scheme://host:port/path");
  EXPECT_EQ(whyNot(parseUrl("http://:80/", kWebSchemes)),
            "the URL names no host; write scheme://host:port/path");
  for (const char* bad :
       {"http://a:0", "http://a:65536", "http://a:", "http://a:080", "http://a:x"}) {
    EXPECT_EQ(whyNot(parseUrl(bad, kWebSchemes)), "the URL's port is none; write 1 to 65535")
        << bad;
  }
  for (const char* bad : {"http://a/b c", "http://a\\b", "http://a/<x>", "http://a/\n"}) {
    EXPECT_EQ(whyNot(parseUrl(bad, kWebSchemes)),
              "the URL contains a character that none can; write it as %XX");
  }
  for (const char* bad : {"http://u:canary@a", "http://canary@a", "https://a:b@c@d/"}) {
    EXPECT_EQ(whyNot(parseUrl(bad, kWebSchemes)),
              "a user or a password must not stand in a URL; give them by settings of their own");
  }
}

// Programs that resolve it take it for an address, and fail on every call.
TEST(Scalar, RefusesHostsThatLookLikeAnAddressAndAreNone) {
  for (const char* bad :
       {"http://10.0.0.300", "http://10.0.0.300:80/a", "http://10.0.0", "http://10.0.0.5.",
        "http://1.2.3.4.5/", "http://010.0.0.5", "http://2130706433", "http://0x7f.0.0.1",
        "http://127.0.0.0x1", "http://[10.0.0.5]", "http://[fd00::g]:80/", "http://[fd00::5"}) {
    EXPECT_THAT(whyNot(parseUrl(bad, kWebSchemes)),
                testing::StartsWith("the URL's host looks like an IP address and is none; write "))
        << bad;
  }
  for (const char* good : {"http://10.0.0.255", "http://300.a", "http://a300", "http://10.0.0.300x",
                           "http://[fe80::1%25eth0]:80/", "http://3com.example."}) {
    EXPECT_EQ(whyNot(parseUrl(good, kWebSchemes)), "taken") << good;
  }
}

TEST(Scalar, TellsTheHostOfAUrl) {
  EXPECT_EQ(hostOf("http://a.example:80/b:c"), "a.example");
  EXPECT_EQ(hostOf("https://[fd00::5]:8443/x"), "fd00::5");
  EXPECT_EQ(hostOf("http://10.0.0.5?x=http://b"), "10.0.0.5");
}

TEST(Scalar, TakesRedisUrlsWithAUserButNoPassword) {
  static constexpr std::string_view kSchemes[] = {"redis", "unix"};
  for (const char* good :
       {"redis://h", "redis://h:6379/0", "redis://gate@h:1/2", "unix:///run/redis.sock"}) {
    EXPECT_EQ(whyNot(parseUrl(good, kSchemes)), "taken") << good;
  }
  for (const char* bad :
       {"redis://:canary@h", "redis://gate:canary@h", "redis://@h", "redis://a@b@c"}) {
    EXPECT_THAT(whyNot(parseUrl(bad, kSchemes)), testing::StartsWith("a user or a password"))
        << bad;
  }
  EXPECT_EQ(whyNot(parseUrl("unix://", kSchemes)),
            "the URL names no socket; write unix:///path/of/the/socket");
}

TEST(Scalar, TakesNamesAndZones) {
  for (const char* good : {"a", "city-hotline", "gb_2260", "12345", "province2"}) {
    EXPECT_EQ(whyNot(parseName(good)), "taken") << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("City"), std::string("-a"), std::string("a.b"),
        std::string("../a"), std::string("热线"), std::string(65, 'a')}) {
    EXPECT_THAT(whyNot(parseName(bad)),
                testing::HasSubstr("is not a name; write lower-case letters"))
        << bad;
  }
  EXPECT_EQ(whyNot(parseZone("+08:00")), "taken");
  EXPECT_EQ(whyNot(parseZone("-03:30")), "taken");
  for (const char* bad : {"08:00", "+8:00", "+08:60", "+15:00", "Asia/Shanghai", "Z"}) {
    EXPECT_EQ(whyNot(parseZone(bad)),
              "'" + std::string(bad) + "' is not a zone; write its offset, as in \"+08:00\"");
  }
}

TEST(Scalar, CutsLongTextsInMessages) {
  EXPECT_EQ(shown("热线\n"), "'热线 '");
  EXPECT_EQ(shown(std::string(100, 'x')), "'" + std::string(40, 'x') + "…'");
}

TEST(Scalar, FindsAtTheNodeWhatIsNoSingleText) {
  const YamlNode root = nodeOf("a: ~\nb: [1]\nc: {}\nd: ${env:X}\ne: \"5\"\nf: 'true'\n");
  Findings findings;
  for (const char* key : {"a", "b", "c", "d"}) EXPECT_FALSE(readText(*root.find(key), findings));
  EXPECT_FALSE(readInteger(*root.find("e"), kAnyInteger, findings));
  EXPECT_FALSE(readBoolean(*root.find("f"), findings));
  EXPECT_THAT(
      textsOf(findings),
      ElementsAre(
          "a.yaml:1:4: a: the value is missing; write one, or leave the key out",
          "a.yaml:2:4: b: one value is wanted here, not a list",
          "a.yaml:3:4: c: one value is wanted here, not a map",
          "a.yaml:4:4: d: ${…} can stand only where a secret is meant; write the value itself",
          "a.yaml:5:4: e: a number is wanted here, not a text in quotes; leave the quotation marks "
          "out",
          "a.yaml:6:4: f: true or false is wanted here, not a text in quotes; leave the quotation "
          "marks out"));
}

}  // namespace
}  // namespace lianqiao::yaml
