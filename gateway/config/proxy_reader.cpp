#include "config/proxy_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "lianqiao/ascii.h"
#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

struct ProxyPlace {
  std::string host;
  std::uint16_t port = 0;
};

/// Why a proxy of that kind is none for us; nullopt where its URL's scheme is no cause.
std::optional<yaml::BadValue> unspoken(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lowered(url.substr(0, colon));
  const std::string remedy = "name an HTTP proxy that lets CONNECT through: http://host:port";
  if (scheme.starts_with("socks")) return yaml::BadValue{"a SOCKS proxy is not supported", remedy};
  if (scheme == "https") {
    return yaml::BadValue{
        "TLS to the proxy itself is not supported; calls to https:// peers are encrypted through "
        "a plain one",
        remedy};
  }
  return std::nullopt;
}

/// http://host:port and nothing more. The port must stand there, for programs disagree on the one
/// that is meant where it does not (80, 1080, 3128, 8080).
yaml::Reading<ProxyPlace> parsePlace(const std::string& text) {
  static constexpr std::string_view kSchemes[] = {"http"};
  if (auto bad = unspoken(text)) return *std::move(bad);
  const auto url = yaml::parseUrl(text, kSchemes);
  if (const auto* bad = std::get_if<yaml::BadValue>(&url)) return *bad;
  std::string_view rest = std::string_view(text).substr(std::string_view("http://").size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos)
    return yaml::BadValue{"a proxy has no path", "write http://host:port"};
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos)
    return yaml::BadValue{"the proxy's port is missing", "write it as in http://10.0.0.9:3128"};
  ProxyPlace place;
  const std::string_view port = rest.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), place.port);
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  place.host = host;
  return place;
}

/// Letters, digits, `-`, `_` and `.`, with a letter in it.
bool isDomain(std::string_view text) {
  return std::any_of(text.begin(), text.end(), isLetter) && text.front() != '.' &&
         text.find("..") == std::string_view::npos && text.back() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_';
         });
}

void readDirect(const yaml::YamlNode& node, ProxySettings& proxy, yaml::Findings& findings) {
  if (!node.isList()) {
    findings.add(
        node.finding("this must be a list", "write [county.gov.cn, localhost, 10.0.0.0/8]"));
    return;
  }
  for (const yaml::YamlNode& entry : node.items()) {
    const auto text = yaml::readText(entry, findings);
    if (!text) continue;
    if (const auto network = base::IpNetwork::parse(*text)) {
      proxy.directNetworks.push_back(*network);
      continue;
    }
    std::string domain = lowered(std::string_view(*text).substr(text->starts_with('.') ? 1 : 0));
    if (isDomain(domain) && yaml::isHost(domain)) {
      proxy.directNames.push_back(std::move(domain));
    } else {
      findings.add(entry.finding(yaml::shown(*text) + " is no host, domain, address or network",
                                 "write county.gov.cn (with all below it), 10.0.0.5 or "
                                 "10.0.0.0/8, without scheme, port and *"));
    }
  }
}

void readCredentials(const yaml::YamlNode& node, yaml::MapReader& map, const SecretSource& secrets,
                     ProxySettings& proxy, yaml::Findings& findings) {
  map.text("user", proxy.user);
  if (const yaml::YamlNode* password = map.take("password"))
    proxy.password = secrets.resolve(*password, findings).value_or(Secret());
  if (!node.isMap()) return;
  const yaml::YamlNode* user = node.find("user");
  if ((user == nullptr) != (node.find("password") == nullptr))
    findings.add(node.finding("user and password go together", "give both, or neither"));
  else if (user != nullptr && user->isScalar() && user->text().empty())
    findings.add(user->finding("the user is empty, so no credentials would be shown",
                               "name the user that the proxy knows, or leave out both"));
  if (user != nullptr && proxy.user.find(':') != std::string::npos)
    findings.add(user->finding("a user of a proxy has no ':' in it",
                               "give the part behind it as password, from a secret"));
}

}  // namespace

void readProxy(const yaml::YamlNode* node, bool mayBeNone, const SecretSource& secrets,
               ProxySettings& proxy, yaml::Findings& findings) {
  if (node == nullptr) return;
  if (mayBeNone && node->isScalar() && node->text() == "none") {
    proxy = {};
    return;
  }
  if (!node->isMap()) {
    findings.add(node->finding("this is no proxy", std::string("write {url: http://host:port}") +
                                                       (mayBeNone ? ", or none" : "")));
    return;
  }
  proxy = {};
  yaml::MapReader map(node, findings);
  if (const yaml::YamlNode* url = map.require("url", *node, "write url: http://host:port")) {
    const auto text = yaml::readText(*url, findings);
    if (auto place = text ? yaml::accept(*url, parsePlace(*text), findings) : std::nullopt) {
      proxy.host = std::move(place->host);
      proxy.port = place->port;
    }
  }
  readCredentials(*node, map, secrets, proxy, findings);
  if (const yaml::YamlNode* direct = map.take("no_proxy")) readDirect(*direct, proxy, findings);
  map.finish();
}

}  // namespace lianqiao::config
