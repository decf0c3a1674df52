#include "admin/answers.h"

#include "admin/json_builder.h"
#include "lianqiao/codes.h"
#include "redis/obstacle.h"

namespace lianqiao::admin {

HttpResponse jsonResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

HttpResponse errorOf(const Error& error) {
  JsonBuilder json;
  json.object()
      .name("error")
      .object()
      .field("code", error.code)
      .field("message", error.detail)
      .end()
      .end();
  int status = 400;
  if (error.code == codes::kNotFound || error.code == codes::kUnknownPeer) status = 404;
  if (error.code == codes::kMethod) status = 405;
  if (redis::isObstacle(error.code) || error.code == codes::kQueueFull ||
      error.code.starts_with("history."))
    status = 503;
  return jsonResponse(status, json.take());
}

HttpResponse notFound(std::string what) { return errorOf({codes::kNotFound, std::move(what)}); }

}  // namespace lianqiao::admin
