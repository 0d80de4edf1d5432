// SPDX-License-Identifier: Apache-2.0
//
// The style of the pages of doses and of the response, and of charts on any page. Internal to the
// room.
#pragma once

namespace nidus::pathway {

inline constexpr const char* kChartStyle = R"css(
figure { margin: .6rem 0; } svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #32373f; }
svg text.halo { paint-order: stroke; stroke: #fff; stroke-width: 3px; }
svg text.level { font-weight: 600; fill: #1a1d21; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
@media print { figure { break-inside: avoid; } }
)css";

inline constexpr const char* kReportStyle = R"css(
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1d21;
       max-width: 52rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; border-bottom: 2px solid #1a1d21; padding-bottom: .4rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
         border-bottom: 1px solid #e3e6ea; }
th { color: #5a6270; font-weight: 500; }
.refuse { color: #b42318; font-weight: 600; } .warn { color: #8a3c06; }
.faint { color: #5a6270; font-size: .86rem; }
tr.best td:first-child { font-weight: 600; }
@page { size: A4; margin: 16mm; }
@media print {
  body { margin: 0; max-width: none; font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  tr { break-inside: avoid; } h2 { break-after: avoid; }
}
)css";

}  // namespace nidus::pathway
