#include "data_exchange/connection.h"

#include <algorithm>
#include <stdexcept>

#include "kit/http/header_lines.h"

namespace lianqiao::data_exchange {
namespace {

bool hasServiceIds(Scheme scheme) {
  return scheme == Scheme::gjgxjhpt || scheme == Scheme::gjzwfwpt;
}

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("data_exchange: " + what);
}

std::string checkedPath(std::string path, std::string_view setting) {
  if (!path.empty() && path.front() != '/') {
    refuse(std::string(setting) + " must begin with '/'; write /" + path);
  }
  return path;
}

/// "type: service_id" or "type: service_id /path".
Service serviceOf(const std::string& line, const std::string& defaultPath) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) {
    refuse("services wants \"type: service_id\" or \"type: service_id /path\", not \"" + line +
           '"');
  }
  Service service;
  service.type = trim(std::string_view(line).substr(0, colon));
  const std::string_view rest = trim(std::string_view(line).substr(colon + 1));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  service.id = trim(rest.substr(0, slash));
  service.path = slash == rest.size() ? defaultPath : std::string(rest.substr(slash));
  if (service.type.empty()) refuse("services: \"" + line + "\" names no record type");
  return service;
}

std::string sendPathOf(const Settings& settings, Scheme scheme) {
  std::string path = checkedPath(settings.text("send_path"), "send_path");
  if (!path.empty()) return path;
  if (scheme == Scheme::gjgxjhpt) return "/httpproxy";
  refuse("scheme " + std::string(schemeName(scheme)) +
         " has no common path; set send_path, such as " +
         (scheme == Scheme::gjzwfwpt ? "/sysapi/<interface>" : "/gateway/api/1/<interface>"));
}

void checkServiceId(Scheme scheme, const std::string& id, std::string_view setting) {
  if (hasServiceIds(scheme) && id.empty()) {
    refuse("scheme " + std::string(schemeName(scheme)) + " signs a service id; set " +
           std::string(setting) + " to the sid that the platform has issued");
  }
}

}  // namespace

Connection connectionOf(const Settings& settings) {
  Connection connection;
  connection.url = settings.text("url");
  while (connection.url.ends_with('/')) connection.url.pop_back();
  const auto scheme = schemeByName(settings.text("scheme"));
  if (!scheme) refuse("there is no signature scheme " + settings.text("scheme"));
  connection.scheme = *scheme;
  connection.id = settings.text("id");
  if (settings.has("secret")) connection.secret = settings.secret("secret");
  if (settings.has("appkey")) connection.appkey = settings.secret("appkey");
  const std::string& refresh = settings.text("key_refresh");
  connection.refresh = refresh == "appkey"       ? KeyRefresh::appkey
                       : refresh == "every_call" ? KeyRefresh::every_call
                                                 : KeyRefresh::none;
  connection.refreshPath = checkedPath(settings.text("refresh_path"), "refresh_path");
  connection.refreshEarly = settings.duration("refresh_early");
  connection.lowerKeys = settings.has("lower_case_keys") ? settings.boolean("lower_case_keys")
                                                         : *scheme == Scheme::gjzwfwpt;
  connection.headers = kit::headersOf(settings.list("headers"));
  if (connection.refresh == KeyRefresh::none && connection.secret.empty()) {
    refuse("set secret, or key_refresh: appkey together with appkey");
  }
  if (connection.refresh != KeyRefresh::none && connection.appkey.empty()) {
    refuse("key_refresh: " + refresh + " needs appkey (服务授权码)");
  }
  if (connection.refresh != KeyRefresh::none && !hasServiceIds(*scheme)) {
    refuse("key_refresh is for the schemes gjgxjhpt and gjzwfwpt; set it to none");
  }
  return connection;
}

std::vector<Service> servicesOf(const Settings& settings) {
  const Scheme scheme = schemeByName(settings.text("scheme")).value_or(Scheme::gjgxjhpt);
  const std::string path = sendPathOf(settings, scheme);
  std::vector<Service> services;
  for (const std::string& line : settings.list("services")) {
    services.push_back(serviceOf(line, path));
    checkServiceId(scheme, services.back().id, "the id in services");
  }
  services.push_back({{}, settings.text("service_id"), path});
  checkServiceId(scheme, services.back().id, "service_id");
  return services;
}

std::optional<Service> queryServiceOf(const Settings& settings) {
  Service service{{},
                  settings.text("query_service_id"),
                  checkedPath(settings.text("query_path"), "query_path")};
  if (service.id.empty() && service.path.empty()) return std::nullopt;
  const Scheme scheme = schemeByName(settings.text("scheme")).value_or(Scheme::gjgxjhpt);
  checkServiceId(scheme, service.id, "query_service_id");
  if (service.path.empty()) service.path = sendPathOf(settings, scheme);
  return service;
}

}  // namespace lianqiao::data_exchange
