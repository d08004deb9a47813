# What the owner of an account does with it by IMAP, POP3 and JMAP, in the clear and over TLS, with texts in which `word` stands.
# Standard input: {"ports", "user", "password", "word"}.

import base64
import imaplib
import json
import poplib
import smtplib
import ssl
import sys
import urllib.request

order = json.load(sys.stdin)
ports, user, password, word = order['ports'], order['user'], order['password'], order['word']
tls = ssl._create_unverified_context()


def imap(client):
    client.create(f'{word}Mailbox')
    client.select('INBOX')
    text = f'From: {word}Sender@example.net\r\nSubject: The {word}Subject one\r\n\r\nwith {word}Body in it\r\n'
    client.append('INBOX', f'({word}Keyword)', None, text.encode())
    client.uid('FETCH', '1:*', '(UID FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[])')
    client.uid('FETCH', '1:*', '(BODY.PEEK[TEXT] BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)])')
    client.uid('SEARCH', 'TEXT', f'{word}Body')
    client.uid('SEARCH', 'SUBJECT', f'{word}Subject')
    client.uid('STORE', '1:*', '+FLAGS', f'({word}Keyword2)')
    client.uid('COPY', '1', f'{word}Mailbox')
    client.list()
    client.logout()


def pop3(client):
    client.user(user)
    client.pass_(password)
    for number in range(1, len(client.list()[1]) + 1):
        client.retr(number)
    client.quit()


def submit():
    with smtplib.SMTP('127.0.0.1', ports['submission']) as client:
        client.starttls(context=tls)
        client.login(user, password)
        text = f'From: {user}\r\nSubject: sent {word}Subject\r\n\r\nwith {word}Body in it\r\n'
        client.sendmail(user, [user, f'{word}To@example.com'], text)


def http(is_tls, path, body=None, headers={}):
    scheme, port, context = ('https', ports['https'], tls) if is_tls else ('http', ports['http'], None)
    request = urllib.request.Request(f'{scheme}://127.0.0.1:{port}{path}', data=body, headers=headers)
    with urllib.request.urlopen(request, context=context) as response:
        return response.read()


def jmap(is_tls):
    basic = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()
    session = json.loads(http(is_tls, '/jmap/session', None, {'Authorization': basic}))
    account = next(iter(session['accounts']))
    login = json.dumps({'name': user, 'password': password}).encode()
    token = json.loads(http(is_tls, '/auth/login', login, {'Content-Type': 'application/json'}))['token']
    for authorization in (basic, 'Bearer ' + token):
        headers = {'Authorization': authorization, 'Content-Type': 'application/json'}
        ids = {'resultOf': 'q', 'name': 'Email/query', 'path': '/ids'}
        properties = ['blobId', 'subject', 'from', 'preview', 'keywords', 'bodyValues', 'textBody', 'header:Subject:asRaw']
        name = f'{word}Mailbox{is_tls}{len(authorization)}'
        calls = [
            ['Mailbox/get', {'accountId': account, 'ids': None}, 'm'],
            ['Email/query', {'accountId': account, 'filter': {'text': f'{word}Body'}}, 'q'],
            ['Email/get', {'accountId': account, '#ids': ids, 'fetchAllBodyValues': True, 'properties': properties}, 'g'],
            ['SearchSnippet/get', {'accountId': account, 'filter': {'text': f'{word}Body'}, '#emailIds': ids}, 's'],
            ['Mailbox/set', {'accountId': account, 'create': {'n': {'name': name, 'parentId': None}}}, 'c'],
        ]
        body = json.dumps({'using': ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'], 'methodCalls': calls})
        answers = json.loads(http(is_tls, '/jmap/api', body.encode(), headers))['methodResponses']
        assert [answer[0] for answer in answers] == [call[0] for call in calls], answers
        emails = answers[2][1]['list']
        assert f'{word}Subject' in emails[0]['subject'], emails
        http(is_tls, f"/jmap/download/{account}/{emails[0]['blobId']}/x?type=message/rfc822", None, headers)
        upload = f'Subject: {word}Subject\r\n\r\n{word}Body'.encode()
        http(is_tls, f'/jmap/upload/{account}/', upload, dict(headers, **{'Content-Type': 'message/rfc822'}))
    http(is_tls, '/auth/logout', b'', {'Authorization': 'Bearer ' + token})


for client in (imaplib.IMAP4('127.0.0.1', ports['imap']), imaplib.IMAP4_SSL('127.0.0.1', ports['imaps'], ssl_context=tls)):
    client.login(user, password)
    imap(client)
client = imaplib.IMAP4('127.0.0.1', ports['imap'])
client.starttls(tls)
client.authenticate('PLAIN', lambda _: f'\0{user}\0{password}'.encode())
imap(client)
pop3(poplib.POP3('127.0.0.1', ports['pop3']))
pop3(poplib.POP3_SSL('127.0.0.1', ports['pop3s'], context=tls))
submit()
jmap(False)
jmap(True)
