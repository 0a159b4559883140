#!/usr/bin/perl
# Prints the prefix of each packet that -j NFLOG sends to a group of this network namespace, as ulogd would get it.
# usage: nflog.pl GROUP COUNT; says `listening` once it does, and ends after so many.
use strict;
use warnings;
use Socket;

my ($group, $count) = @ARGV;
my ($NETLINK, $NETFILTER, $ULOG) = (16, 12, 4);
socket(my $netlink, $NETLINK, SOCK_RAW, $NETFILTER) or die "netlink: $!";
bind($netlink, pack('S S L L', $NETLINK, 0, 0, 0)) or die "bind: $!";
$| = 1;

# struct nlmsghdr, struct nfgenmsg, one attribute; the kernel answers with an error of 0.
sub configure {
    my ($type, $value) = @_;
    my $attribute = pack('S S', 4 + length $value, $type) . $value;
    $attribute .= "\0" while length($attribute) % 4;
    my $body = pack('C C n', 0, 0, $group) . $attribute;
    send($netlink, pack('L S S L L', 16 + length $body, $ULOG << 8 | 1, 5, 1, 0) . $body, 0) or die "send: $!";
    recv($netlink, my $answer, 65536, 0) // die "recv: $!";
    my $error = unpack('l', substr $answer, 16, 4);
    die "group $group: error $error" if $error != 0;
}

configure(1, pack 'C', 1);            # NFULA_CFG_CMD: NFULNL_CFG_CMD_BIND
configure(2, pack 'N C x', 64, 2);    # NFULA_CFG_MODE: NFULNL_COPY_PACKET
configure(5, pack 'N', 1);            # NFULA_CFG_QTHRESH: each packet at once
print "listening\n";
while ($count > 0 and defined recv($netlink, my $messages, 65536, 0)) {
    while (length $messages >= 20) {
        my ($length, $type) = unpack 'L S', $messages;
        my $attributes = substr $messages, 20, $length - 20;
        $messages = substr $messages, ($length + 3 & ~3) < length $messages ? ($length + 3 & ~3) : length $messages;
        while ($type == $ULOG << 8 && length $attributes >= 4) {
            my ($size, $kind) = unpack 'S S', $attributes;
            # NFULA_PREFIX, ended by a zero.
            if (($kind & 0x7fff) == 10) {
                print unpack('Z*', substr $attributes, 4, $size - 4), "\n";
                $count -= 1;
            }
            last if ($size + 3 & ~3) >= length $attributes;
            $attributes = substr $attributes, $size + 3 & ~3;
        }
    }
}
