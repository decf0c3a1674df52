#pragma once

#include <string>

#include "admin/api.h"

/// What the admin API answers of reports (config/README.md, "Reports").
namespace lianqiao::admin {

/// {"reports":[{"name","title","period","figures":[{"name","title"}]}]}
HttpResponse listReports(const Backend& backend);

/// ?period= (the last one that is over): {"report","title","period","begin","end","by":[…],
///   "figures":[{"name","title"}],"rows":[{"groups":[…],"figures":[…]}],"total":[…],"gone"}.
/// &figure=: {"report","period","figure","ids":[…]}, the first records of the things behind it;
///   &row=: of that row of the table, from 1.
/// &format=csv: the same for a spreadsheet.
/// Numbers of persons in groups are masked.
HttpResponse showReport(const Backend& backend, const std::string& name,
                        const HttpRequest& request);

}  // namespace lianqiao::admin
