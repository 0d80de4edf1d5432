// SPDX-License-Identifier: Apache-2.0
// guideline.json inside the binary.
    .section .rodata
    .global nidus_guideline_begin
    .global nidus_guideline_end
    .balign 16
nidus_guideline_begin:
    .incbin NIDUS_GUIDELINE_FILE
nidus_guideline_end:
    .space 64                           // Guideline::kPadding
    .section .note.GNU-stack,"",%progbits
