#define _GNU_SOURCE
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common.h"

double option(const struct command *command, const char *name, double fallback)
{
    size_t length = strlen(name);

    for (const char *word = command->text; (word = strchr(word, ' ')); ) {
        word++;
        if (!strncmp(word, name, length) && word[length] == '=')
            return atof(word + length + 1);
    }
    return fallback;
}

void reply(int control, const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof text)
        die("a reply is too long");
    if (send(control, text, (size_t)size, MSG_NOSIGNAL) < 0)
        exit(1);
}

ssize_t receive(int control, struct command *command)
{
    union {
        char bytes[CMSG_SPACE(FDS_PER_PACKET * sizeof(int))];
        struct cmsghdr align;
    } space;
    struct iovec part = {.iov_base = command->text, .iov_len = PACKET_SIZE - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space.bytes,
                             .msg_controllen = sizeof space.bytes};
    ssize_t size = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    command->fd_count = 0;
    if (size > 0) {
        command->text[size] = '\0';
        command->words = command->text + strcspn(command->text, " ");
    }
    if (header && header->cmsg_type == SCM_RIGHTS) {
        command->fd_count = (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(command->fds, CMSG_DATA(header), command->fd_count * sizeof(int));
    }
    return size;
}
