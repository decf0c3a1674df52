#include "config/history_server_reader.h"

#include <algorithm>
#include <array>

namespace lianqiao::config {
namespace {

/// https://www.postgresql.org/docs/15/libpq-ssl.html
constexpr std::array<std::string_view, 6> kSslModes{"disable", "allow",     "prefer",
                                                    "require", "verify-ca", "verify-full"};
/// Tables of a class are named after it, and PostgreSQL cuts names that are longer.
constexpr std::size_t kLongestClass = 40;

/// What the url says behind its host.
void checkUrl(const yaml::YamlNode& node, std::string_view url, yaml::Findings& findings) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  const std::size_t query = std::min(url.find('?'), url.size());
  if (path >= query || path + 1 == query)
    findings.add(node.finding("the URL names no database",
                              "write postgresql://user@host:5432/database?sslmode=verify-full"));
  std::string_view rest = url.substr(std::min(query + 1, url.size()));
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const std::string_view name = one.substr(0, one.find('='));
    const std::string_view value = one.substr(std::min(name.size() + 1, one.size()));
    if (name == "password")
      findings.add(node.finding("a password must not stand in a URL",
                                "write history.password: ${file:secrets/history}"));
    if (name == "sslmode" &&
        std::find(kSslModes.begin(), kSslModes.end(), value) == kSslModes.end())
      findings.add(node.finding("sslmode is none that PostgreSQL has",
                                "write sslmode=verify-full, or require, or disable"));
  }
}

void checkClasses(const yaml::YamlNode& node, const HistorySettings& history,
                  yaml::Findings& findings) {
  for (const auto& [type, kind] : history.classes)
    if (kind.size() > kLongestClass)
      findings.add(node.finding("the class of " + type + " is too long a name for PostgreSQL",
                                "write one of 40 letters at most"));
}

}  // namespace

void readHistoryServer(const yaml::YamlNode* node, yaml::MapReader& map,
                       const std::filesystem::path& directory, const SecretSource& secrets,
                       HistorySettings& history, yaml::Findings& findings) {
  static constexpr std::string_view kSchemes[] = {"postgresql"};
  const yaml::YamlNode* url = map.take("url");
  const yaml::YamlNode* password = map.take("password");
  map.name("schema", history.schema);
  map.path("key", directory, history.key);
  if (url != nullptr) {
    const auto text = yaml::readText(*url, findings);
    if (auto value =
            text ? yaml::accept(*url, yaml::parseUrl(*text, kSchemes), findings) : std::nullopt) {
      checkUrl(*url, *value, findings);
      history.url = std::move(*value);
    }
    checkClasses(*url, history, findings);
  }
  if (password != nullptr)
    history.password = secrets.resolve(*password, findings).value_or(Secret());
  if (url != nullptr || node == nullptr || !node->isMap()) return;
  for (const char* key : {"password", "schema"})
    if (const yaml::YamlNode* one = node->find(key); one != nullptr)
      findings.add(
          one->finding("this says nothing without `url`",
                       "write url: postgresql://user@host:5432/database, or leave it out"));
}

}  // namespace lianqiao::config
