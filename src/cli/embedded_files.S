// SPDX-License-Identifier: Apache-2.0
// The packed guideline, its logic in words and translate.mjs inside the binary. A plan reads the first alone.
    .section .rodata
    .global nidus_guideline_begin
    .global nidus_guideline_end
    .balign 16
nidus_guideline_begin:
    .incbin NIDUS_GUIDELINE_FILE
nidus_guideline_end:
    .byte 0
    .global nidus_translate_begin
    .global nidus_translate_end
nidus_translate_begin:
    .incbin NIDUS_TRANSLATE_FILE
nidus_translate_end:
    .byte 0
    .global nidus_guideline_words_begin
    .global nidus_guideline_words_end
    .balign 16
nidus_guideline_words_begin:
    .incbin NIDUS_GUIDELINE_WORDS_FILE
nidus_guideline_words_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
